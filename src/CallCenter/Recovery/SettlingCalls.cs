using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>Finds the first call after a moment that settles what missed calls of a customer or number ask for. It follows from the calls alone.</summary>
static class SettlingCalls
{
    const string Answered = "dialled = 1 and answered_at is not null";
    const string Dialled = "dialled = 1";
    const string GotThrough = "direction = 'Inbound' and answered_at is not null";

    static readonly string[] Parameters = ["key", "after"];

    /// <summary>Somebody reached the customer, or he got through; a mere call where the settings say that it is enough.</summary>
    public static bool Settles(Call call, RecoverySettings settings) => call.CustomerSide?.MatchKey is not null
        && (RecoveryRules.IsAnsweredInbound(call) || RecoveryRules.IsFollowUp(call) && (settings.CloseOnCall || call.AnsweredAt is not null));

    /// <summary>For each party and moment the first one, null where there is none.</summary>
    public static async Task<Call?[]> After(Tx tx, IReadOnlyList<(CaseParty Party, DateTimeOffset At)> asked, RecoverySettings settings)
    {
        var first = new Call?[asked.Count];
        await tx.QueryAll([.. ByParty(asked).SelectMany(by => ((string[])[settings.CloseOnCall ? Dialled : Answered, GotThrough]).Select(kind => new Question(
            $"""
            select {CallRow.Columns} from calls where {kind} and {by.Whose} and started_at =
            (select min(started_at) from calls where {kind} and {by.Whose} and started_at > @after)
            """, Parameters, by.Values.ConvertAll(one => one.Values), (i, row) =>
            {
                var (call, place) = (CallRow.Read(row).ToCall(), by.Values[i].Place);
                if (first[place] is not { } known || RecoveryRules.IsBefore(call, known)) first[place] = call;
            })))]);
        return first;
    }

    /// <summary>By number and by customer, each from its own index.</summary>
    static IEnumerable<(string Whose, List<(int Place, object?[] Values)> Values)> ByParty(IReadOnlyList<(CaseParty Party, DateTimeOffset At)> asked)
    {
        var places = asked.Select((one, place) => (Place: place, one.Party, At: one.At.ToUnixTimeMilliseconds())).ToList();
        yield return ("customer_key = @key", [.. places.SelectMany(one => one.Party.Numbers.Select(number => (one.Place, new object?[] { number, one.At })))]);
        yield return ("customer_id = @key and customer_key is not null", [.. places.Where(one => one.Party.Customer is not null).Select(one => (one.Place, new object?[] { one.Party.Customer, one.At }))]);
    }
}
