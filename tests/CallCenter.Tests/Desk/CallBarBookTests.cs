using CallCenter.Desk;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Desk;

public sealed class CallBarBookTests
{
    /// <summary>A bar with the same call twice is no bar: the page that draws it falls.</summary>
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_that_ends_while_the_bar_is_read_stands_on_it_once(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddSeconds(35)));
        var ana = (await house.Users.Add(new NewPerson("ana@example.com", "Ana", [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(ana, "test", "101", DateTimeOffset.MinValue, Authority.Console);
        await house.Personnel.Load();
        var book = new CallBarBook(house.Db, house.Log, house.Personnel, new DeskNews(), house.Clock);

        using var over = new CancellationTokenSource();
        var reads = 0;
        var reading = Task.Run(async () =>
        {
            for (; !over.IsCancellationRequested; reads++)
            {
                var items = await book.Read(ana);
                Assert.Equal(items.Count, items.Select(one => one.Item.Call.Id).Distinct().Count());
            }
        });
        for (var i = 0; i < 150 && !reading.IsCompleted; i++)
        {
            var told = GotThrough($"c-{i}", 0, $"6{20_000_000 + i}");
            await house.Hear(told.SkipLast(1).ToList());
            await house.Hear(told[^1]);
        }

        await over.CancelAsync();
        await reading;
        Assert.True(reads > 10);
    }
}
