using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Desk;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Desk;

public class CallNotesTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_people_write_about_a_call_is_kept_and_goes_with_it_when_it_turns_out_to_be_part_of_another(On database)
    {
        await using var house = await House.Open(database);
        var (news, clock) = (new DeskNews(), TimeProvider.System);
        var notes = new CallNotes(house.Db, house.Log, house.Audit, news, clock);
        var results = new CallResults(house.Db, house.Audit, news, clock);
        await house.Hear(GotThrough("a", 0, "612345678"));
        await house.Hear(GotThrough("b", 5, "612345678"));
        var calls = (await house.Calls()).OrderBy(call => call.StartedAt).ToList();
        var second = calls[1].Id;

        await notes.Write(CallScope.Machine, second, "eva", "  Pide pastillas ");
        await notes.Write(CallScope.Machine, second, "luis", "para un Golf");
        await notes.Conclude(CallScope.Machine, second, "quote", "eva", Actor.Console);
        await notes.Tag(CallScope.Machine, second, "frenos", "eva");
        await notes.Tag(CallScope.Machine, second, "FRENOS", "luis");
        var refused = await Assert.ThrowsAsync<Refusal>(() => notes.Conclude(CallScope.Machine, second, "no-such", "eva", Actor.Console));
        Assert.Equal("results.unknown", refused.Code);
        await Assert.ThrowsAsync<Refusal>(() => notes.Read(CallScope.Own("ana"), second));

        await house.Hear(new CallLinked(KeyOf(calls[0]), Noon.AddSeconds(5), calls[1].ProviderCallId));

        var whole = Assert.Single(await house.Calls());
        var written = await notes.Read(CallScope.Machine, whole.Id);
        Assert.Equal([("eva", "Pide pastillas"), ("luis", "para un Golf")], written.Notes.Select(note => (note.User, note.Text)).Order());
        Assert.Equal(("quote", "frenos"), (written.Result, Assert.Single(written.Tags)));

        await results.Archive("quote", isArchived: true, Actor.Console);
        await results.Add("Devolución", Actor.Console);
        await results.Move((await results.Read())[^1].Id, up: true, Actor.Console);
        Assert.Contains(await results.Read(), choice => choice is { Id: "quote", IsArchived: true });
    }

    static CallKey KeyOf(Call call) => new(call.Connection, call.ProviderCallId);
}
