using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>By what calls are added up, besides team, direction, standing and time.</summary>
enum Cut
{
    /// <summary>All calls together, whatever their team.</summary>
    All,
    Team,
    Line,
    Queue,

    /// <summary>Who answered or placed them, as the phone system names him; and whose telephones rang in vain.</summary>
    Operator,

    /// <summary>Whom they concern: the same call once for each.</summary>
    Person,
}

/// <summary>What a total is about.</summary>
/// <param name="Connection">Of the line, queue or operator; empty for other cuts.</param>
/// <param name="Name">Of the line, queue or operator, the id of the person; empty for calls that have none.</param>
/// <param name="Team">Null for calls of no team, and in <see cref="Cut.All"/>.</param>
readonly record struct TotalKey(Cut Cut, string Connection, string Name, string? Team, Direction Direction, RecoveryStanding? Standing)
{
    /// <summary>All totals that a call is in, each with what it adds there.</summary>
    public static IEnumerable<(TotalKey Key, Action<Tally, int> Add)> Of(CountedCall call)
    {
        void Whole(Tally tally, int sign) => tally.Add(call, sign);
        TotalKey By(Cut cut, string connection, string? name) => new(cut, connection, name ?? "", call.Team, call.Direction, call.Standing);

        yield return (By(Cut.All, "", "") with { Team = null }, Whole);
        yield return (By(Cut.Team, "", ""), Whole);
        yield return (By(Cut.Line, call.Connection, call.Line), Whole);
        yield return (By(Cut.Queue, call.Connection, call.Queue), Whole);
        yield return (By(Cut.Operator, call.Connection, call.Operator), (tally, sign) => tally.Add(call, sign, countsInVain: false));
        foreach (var name in call.InVain) yield return (By(Cut.Operator, call.Connection, name), (tally, sign) => tally.AddInVain(sign));
        foreach (var person in call.People) yield return (By(Cut.Person, "", person), Whole);
    }
}

/// <summary>The keys that there are, by their numbers. They are only ever added, so what was read once stays true.</summary>
sealed class TotalKeys
{
    readonly Dictionary<TotalKey, long> ids = [];
    readonly List<(long Id, TotalKey Key)> all = [];
    readonly Lock turn = new();
    long last;

    /// <summary>All of them as they were handed out last: some thousand, asked for by every question, and seldom more than the time before.</summary>
    ILookup<Cut, (long Id, TotalKey Key)>? known;

    /// <summary>With those that were added since the last time, as this transaction sees them.</summary>
    public async Task<ILookup<Cut, (long Id, TotalKey Key)>> Read(Tx tx)
    {
        long newest;
        lock (turn) newest = last;
        var added = await tx.List<(long Id, string Cut, string Connection, string Name, string Team, string Direction, string Standing)>(
            "select id, cut, connection, name, team_id, direction, standing from total_keys where id > @newest order by id", new { newest });
        lock (turn)
        {
            foreach (var row in added)
            {
                if (row.Id <= last) continue; // another reading was faster
                var key = new TotalKey(Enum.Parse<Cut>(row.Cut), row.Connection, row.Name, row.Team.Length == 0 ? null : row.Team,
                    Enum.Parse<Direction>(row.Direction), row.Standing.Length == 0 ? null : Enum.Parse<RecoveryStanding>(row.Standing));
                ids[key] = row.Id;
                all.Add((row.Id, key));
                last = row.Id;
                known = null;
            }

            return known ??= all.ToLookup(one => one.Key.Cut);
        }
    }

    /// <summary>Those of them that have a number, as this transaction sees it.</summary>
    public async Task<Dictionary<TotalKey, long>> Known(Tx tx, IReadOnlyCollection<TotalKey> wanted)
    {
        await Read(tx);
        lock (turn) return wanted.Where(ids.ContainsKey).ToDictionary(key => key, key => ids[key]);
    }

    /// <summary>Gives a number to each that has none yet. For one writer at a time; what it adds is known here once it was read.</summary>
    public async Task<Dictionary<TotalKey, long>> Number(Tx tx, IReadOnlyCollection<TotalKey> wanted)
    {
        await Read(tx);
        Dictionary<TotalKey, long> numbered = [];
        List<object?[]> added = [];
        lock (turn)
        {
            var next = last;
            foreach (var key in wanted)
                if (ids.TryGetValue(key, out var id)) numbered[key] = id;
                else if (!numbered.ContainsKey(key))
                {
                    numbered[key] = ++next;
                    added.Add([next, $"{key.Cut}", key.Connection, key.Name, key.Team ?? "", $"{key.Direction}", key.Standing is { } standing ? $"{standing}" : ""]);
                }
        }

        await tx.Insert(Insertion, added);
        return numbered;
    }

    static readonly Insertion Insertion = new("total_keys", ["id", "cut", "connection", "name", "team_id", "direction", "standing"]);
}
