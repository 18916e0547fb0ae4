using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>Finds the first call after a moment that settles what a number's missed calls ask for. It follows from the calls alone.</summary>
static class SettlingCalls
{
    const string Answered = "dialled = 1 and answered_at is not null";
    const string Dialled = "dialled = 1";
    const string GotThrough = "direction = 'Inbound' and answered_at is not null";

    static readonly string[] Parameters = ["key", "after"];

    /// <summary>Somebody reached the customer, or he got through; a mere call where the settings say that it is enough.</summary>
    public static bool Settles(Call call, RecoverySettings settings) => call.CustomerSide?.MatchKey is not null
        && (RecoveryRules.IsAnsweredInbound(call) || RecoveryRules.IsFollowUp(call) && (settings.CloseOnCall || call.AnsweredAt is not null));

    /// <summary>For each number and moment the first one, null where there is none.</summary>
    public static async Task<Call?[]> After(Tx tx, IReadOnlyList<(string Key, DateTimeOffset At)> asked, RecoverySettings settings)
    {
        var first = new Call?[asked.Count];
        var values = asked.Select(one => new object?[] { one.Key, one.At.ToUnixTimeMilliseconds() }).ToList();
        foreach (var kind in (string[])[settings.CloseOnCall ? Dialled : Answered, GotThrough])
            await tx.QueryMany(
                $"""
                select {CallRow.Columns} from calls where {kind} and customer_key = @key and started_at =
                (select min(started_at) from calls where {kind} and customer_key = @key and started_at > @after)
                """, Parameters, values, (i, row) =>
                {
                    var call = CallRow.Read(row).ToCall();
                    if (first[i] is not { } known || RecoveryRules.IsBefore(call, known)) first[i] = call;
                });
        return first;
    }
}
