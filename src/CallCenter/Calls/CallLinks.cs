using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Which keys are one call. Links may be told in any order and late, so this looks at all of them together.</summary>
sealed class CallLinks<T>(IEqualityComparer<T>? comparer = null) where T : notnull
{
    readonly Dictionary<T, T> linked = new(comparer);

    public void Link(T one, T other)
    {
        var (a, b) = (Root(one), Root(other));
        if (!linked.Comparer.Equals(a, b)) linked[a] = b;
    }

    /// <summary>The same for all that are linked.</summary>
    public T Root(T one)
    {
        while (linked.TryGetValue(one, out var next)) one = next;
        return one;
    }
}

static class CallLinks
{
    /// <summary>The events of each call. A call told under several keys is named by the least of them, whichever came first.</summary>
    public static IEnumerable<(CallKey Key, List<CallEvent> Events)> Together(IReadOnlyCollection<CallEvent> events)
    {
        var links = new CallLinks<CallKey>();
        var keys = events.Select(happened => happened.Call).ToHashSet();
        foreach (var link in events.OfType<CallLinked>())
        {
            links.Link(link.Call, link.Other);
            keys.Add(link.Other);
        }

        var names = keys.GroupBy(links.Root).ToDictionary(group => group.Key, group => group.Aggregate(Least));
        return events.GroupBy(happened => links.Root(happened.Call)).Select(group => (names[group.Key], group.ToList()));
    }

    public static CallKey Least(CallKey a, CallKey b) => string.CompareOrdinal(a.Id, b.Id) <= 0 ? a : b;
}

/// <summary>
/// A call that was told under several keys becomes one in the log. The row that was there first stays, so that what
/// refers to it still does; the others keep nothing but their key and the way to it, and a version at which whoever follows
/// the log hears that they are gone.
/// </summary>
sealed partial class CallLog
{
    static readonly string[] MoveParameters = ["gone", "into"];

    /// <summary>
    /// Puts together what belongs to one row, after all that the links among these events join has been joined.
    /// </summary>
    /// <returns>What was told, by row; and the calls that lists showed and that are part of another now.</returns>
    async Task<(List<Told> Told, List<(Call Call, PriorBelonging? Was)> Gone)> Join(Tx tx, List<Told> told)
    {
        var rows = new Dictionary<long, Told>();
        foreach (var one in told)
            if (rows.TryGetValue(one.Row.Id, out var known)) known.Events.AddRange(one.Events);
            else rows[one.Row.Id] = one with { Events = [.. one.Events] };

        var ids = told.ToDictionary(one => one.Key, one => one.Row.Id);
        var links = new CallLinks<long>();
        foreach (var link in told.SelectMany(one => one.Events).Select(happened => happened.Event).OfType<CallLinked>()) links.Link(ids[link.Call], ids[link.Other]);

        var (joined, gone) = (new List<Told>(), new List<(Call, PriorBelonging?)>());
        foreach (var set in rows.Values.GroupBy(one => links.Root(one.Row.Id)).Select(set => set.OrderBy(one => one.Row.Id).ToList()))
        {
            joined.Add(set.Count == 1 ? set[0] : await JoinRows(tx, set));
            gone.AddRange(set.Skip(1).Where(other => other.Row.Version > 0).Select(other => (Gone(other.Row, set[0].Row.Id, version: 0), other.Row.Belonging)));
        }

        return (joined.FindAll(one => one.Events.Count > 0), gone);
    }

    async Task<Told> JoinRows(Tx tx, List<Told> set)
    {
        var (first, others) = (set[0].Row, set.Skip(1).Select(one => one.Row).ToList());
        // The name of the call does not depend on which of its keys was heard of first.
        var name = set.Select(one => one.Row.Key).Aggregate(CallLinks.Least);
        await counter.Changing(tx, [.. set.Where(one => WasHistory(one.Row)).Select(one => one.Row.Id)]);
        await Reserve(tx, [.. set.Where(one => one.Row.IsNew).Select(one => (one.Row.Id, one.Row.Key, one.Row.Provider))]);

        object?[][] moves = [.. others.Select(other => new object?[] { other.Id, first.Id })];
        object?[][] ids = [.. others.Select(other => new object?[] { other.Id })];
        await tx.RunMany(
            $"""
            insert into call_events (call_id, identity, at, ordinal, body) select @into, identity, at, ordinal, body from call_events where call_id = @gone
            {StoredEvent.KeepTheEarlier}
            """, MoveParameters, moves);
        await tx.RunMany("delete from call_events where call_id = @gone", ["gone"], ids);
        await CallPeople.Keep(tx, others.Select(other => (other.Belonging, Gone(other, first.Id, version: 0) with { People = [] })));
        await tx.RunMany("update calls set merged_into = @into where merged_into = @gone", MoveParameters, moves);
        // In place of a row that knows all that slices keep of a call comes one that knows only for whom it was.
        await tx.RunMany("delete from calls where id = @gone", ["gone"], ids);
        if (name != first.Key) await tx.Run("update calls set call_key = @name where id = @Id", new { name = name.Id, first.Id });
        await Reserve(tx, others.ConvertAll(other => (other.Id, other.Key == name ? first.Key : other.Key, other.Provider)));
        await tx.RunMany("update calls set merged_into = @into, team_id = @team_id, people = @people where id = @gone", ["gone", "into", "team_id", "people"],
            others.ConvertAll(other => new object?[] { other.Id, first.Id, other.Belonging?.Team, other.Belonging?.People }));

        if (first.Belonging is not { IsFixed: true } && others.Select(other => other.Belonging).FirstOrDefault(one => one is { IsFixed: true }) is { } corrected)
        {
            first = first with { Belonging = (first.Belonging ?? default) with { Team = corrected.Team, IsFixed = true } };
            await tx.Run("update calls set team_id = @Team, team_fixed = 1 where id = @Id", new { corrected.Team, first.Id });
        }

        if (first.Belonging is not { IsCustomerFixed: true } && others.Select(other => other.Belonging).FirstOrDefault(one => one is { IsCustomerFixed: true }) is { } chosen)
        {
            first = first with { Belonging = (first.Belonging ?? default) with { Customer = chosen.Customer, IsCustomerFixed = true } };
            await tx.Run("update calls set customer_id = @Customer, customer_fixed = 1 where id = @Id", new { chosen.Customer, first.Id });
        }

        // Nobody else can have added anything only where all of it is new.
        if (first.IsNew && !others.TrueForAll(other => other.IsNew)) first = first with { Belonging = default(PriorBelonging) };
        return new(name, first with { Key = name, IsJoined = true, Stood = set[0].Row.Belonging }, [.. set.SelectMany(one => one.Events)]);
    }

    /// <summary>The key that was told, or for one that is part of another call the row of that.</summary>
    static async Task FollowMerged(Tx tx, Row[] found, List<(int Index, long Into)> merged) => await tx.QueryMany(
        $"select id, connection, call_key, provider, version, {PriorBelonging.Columns} from calls where id = @id", ["id"],
        [.. merged.Select(one => new object?[] { one.Into })],
        (i, row) => found[merged[i].Index] = new(row.Long(0), new CallKey(row.Text(1), row.Text(2)), row.Text(3), row.Long(4), PriorBelonging.Read(row, 5)));

    /// <summary>Calls that became part of another after a version, in the order in which they did.</summary>
    static async Task<List<Call>> GoneAfter(Tx tx, long version, int limit)
    {
        var gone = new List<Call>();
        await tx.QueryMany(
            $"""
            select id, connection, call_key, provider, merged_into, merged_version, {PriorBelonging.Columns} from calls
            where merged_version > @version order by merged_version limit {limit}
            """, ["version"], [[version]],
            (_, row) => gone.Add(Gone(
                new(row.Long(0), new CallKey(row.Text(1), row.Text(2)), row.Text(3), Version: 0, PriorBelonging.Read(row, 6)), row.Long(4), row.Long(5))));
        return gone;
    }

    /// <summary>What who could see it is told of a call that is none of its own any more.</summary>
    static Call Gone(Row row, long into, long version) => new()
    {
        Id = row.Id,
        Connection = row.Key.Connection,
        ProviderCallId = row.Key.Id,
        Provider = row.Provider,
        State = CallState.Ended,
        Team = row.Belonging?.Team,
        People = CallPeople.Parse(row.Belonging?.People),
        MergedInto = into,
        Version = version,
    };

    /// <summary>What was told of a key, and the row that keeps it.</summary>
    sealed record Told(CallKey Key, Row Row, List<ToldEvent> Events);

    /// <param name="Key">The call's name, which is not the key that was told when the call has several.</param>
    /// <param name="Version">Not positive while nothing says that the call began.</param>
    /// <param name="Belonging">As it stood; null for a call that nobody had heard of.</param>
    readonly record struct Row(long Id, CallKey Key, string Provider, long Version, PriorBelonging? Belonging)
    {
        /// <summary>In this transaction, so that nothing at hand is true of it any more.</summary>
        public bool IsJoined { get; init; }

        /// <summary>Of one that was joined: its belonging before that.</summary>
        public PriorBelonging? Stood { get; init; }

        public bool IsNew => Belonging is null;
    }
}
