using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>
/// The people of calls that ended, by person and time. Written when a call ends and when its people or its start change
/// afterwards, so that a call in progress costs the intake nothing here.
/// </summary>
static class CallPeople
{
    const int PageMax = 2000;
    const string Delete = "delete from call_people where user_id = @user_id and at = @at and call_id = @call_id";

    static readonly string[] Parameters = ["user_id", "at", "call_id"];
    static readonly Insertion Insertion = new("call_people", Parameters, "on conflict do nothing");

    public static string? ToText(IReadOnlyList<string> people) => people.Count == 0 ? null : $" {string.Join(' ', people)} ";

    public static IReadOnlyList<string> Parse(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>For <c>people like</c>: calls that concern this person.</summary>
    public static string Pattern(string person) => $"% {person} %";

    public static async Task Keep(Tx tx, IEnumerable<(PriorBelonging? Before, Call After)> saved)
    {
        List<object?[]> gone = [], come = [];
        foreach (var (before, call) in saved)
        {
            var at = call.StartedAt.ToUnixTimeMilliseconds();
            var was = before is { IsHistory: true } stood ? Parse(stood.People).Select(person => (Person: person, At: stood.StartedAt)).ToList() : [];
            var now = call.EndedAt is not null ? call.People.Select(person => (Person: person, At: at)).ToList() : [];
            gone.AddRange(was.Except(now).Select(row => new object?[] { row.Person, row.At, call.Id }));
            come.AddRange(now.Except(was).Select(row => new object?[] { row.Person, row.At, call.Id }));
        }

        await tx.RunMany(Delete, Parameters, gone);
        await tx.Insert(Insertion, come);
    }

    /// <summary>Calls that ended of which somebody could not find his own.</summary>
    public static async Task<IReadOnlyList<long>> Missing(Tx tx, IEnumerable<Call> calls)
    {
        var wanted = Rows(calls);
        var found = new HashSet<int>();
        await tx.QueryMany("select 1 from call_people where user_id = @user_id and at = @at and call_id = @call_id", Parameters, wanted, (i, _) => found.Add(i));
        return [.. Enumerable.Range(0, wanted.Count).Where(i => !found.Contains(i)).Select(i => (long)wanted[i][2]!).Distinct()];
    }

    public static Task Add(Tx tx, IEnumerable<Call> calls) => tx.Insert(Insertion, Rows(calls));

    /// <summary>A page of rows after one of them: the last of the page, null when there are no more, and those that no call is the reason for.</summary>
    public static async Task<(CallPerson? Last, List<CallPerson> Strays)> Strays(Tx tx, CallPerson after)
    {
        var page = await tx.List<(string Person, long At, long Call, long IsRight)>(
            $"""
            select p.user_id, p.at, p.call_id,
                cast(case when c.ended_at is not null and c.started_at = p.at and c.people like '% ' || p.user_id || ' %' then 1 else 0 end as bigint)
            from call_people p left join calls c on c.id = p.call_id
            where (p.user_id, p.at, p.call_id) > (@Person, @At, @Call) order by p.user_id, p.at, p.call_id limit {PageMax}
            """, after);
        CallPerson Key((string Person, long At, long Call, long) row) => new(row.Person, row.At, row.Call);
        return (page.Count == 0 ? null : Key(page[^1]), page.Where(row => row.IsRight == 0).Select(Key).ToList());
    }

    public static Task Remove(Tx tx, IEnumerable<CallPerson> rows) => tx.RunMany(Delete, Parameters, [.. rows.Select(row => new object?[] { row.Person, row.At, row.Call })]);

    static List<object?[]> Rows(IEnumerable<Call> calls) => [.. calls.Where(call => call.EndedAt is not null)
        .SelectMany(call => call.People.Select(person => new object?[] { person, call.StartedAt.ToUnixTimeMilliseconds(), call.Id }))];
}

/// <summary>A row of <c>call_people</c>.</summary>
sealed record CallPerson(string Person, long At, long Call)
{
    public static readonly CallPerson First = new("", 0, 0);
}
