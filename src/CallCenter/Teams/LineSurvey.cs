using CallCenter.Calls;

namespace CallCenter.Teams;

/// <summary>What a phone system names that can be somebody's.</summary>
enum NameKind
{
    Line,
    Queue,

    /// <summary>A telephone or agent.</summary>
    Extension,
}

/// <summary>A name that a phone system uses.</summary>
/// <param name="Calls">In so many of the calls looked at; 0 when it is somebody's and was not seen.</param>
/// <param name="Last">The newest of them began.</param>
/// <param name="Owner">The id of the team, or for an extension of the person; null when it is nobody's now.</param>
sealed record SeenName(string Connection, NameKind Kind, string Name, int Calls, DateTimeOffset? Last, string? Owner, DateTimeOffset? OwnedSince)
{
    public (string, NameKind, string) Key => (Connection, Kind, Name);
}

/// <param name="Calls">Looked at.</param>
/// <param name="Since">When the oldest of them began; null when there is none.</param>
sealed record Survey(IReadOnlyList<SeenName> Names, int Calls, DateTimeOffset? Since);

/// <summary>
/// Which lines, queues and extensions the phone systems really send, and whose they are. Looks at the newest calls of each
/// connection, so that it costs the same however long the history is, and a busy one does not hide a quiet one.
/// </summary>
sealed class LineSurvey(CallLog log, IPhoneSystems phones, Personnel personnel, TimeProvider clock)
{
    /// <summary>So many calls of each connection are looked at.</summary>
    public const int CallsMax = 2000;

    const int ConnectionsMax = 50;

    public async Task<Survey> Read(CancellationToken stop)
    {
        var seen = new Dictionary<(string, NameKind, string), (int Calls, DateTimeOffset Last)>();
        var (count, since) = (0, (DateTimeOffset?)null);
        foreach (var (connection, _) in phones.Names.Take(ConnectionsMax))
            await foreach (var call in Newest(connection, stop))
            {
                count++;
                since = since < call.StartedAt ? since : call.StartedAt;
                foreach (var name in NamesOf(call).Distinct())
                {
                    var before = seen.GetValueOrDefault(name);
                    seen[name] = (before.Calls + 1, before.Last > call.StartedAt ? before.Last : call.StartedAt);
                }
            }

        return new Survey(WithOwners(seen), count, since);
    }

    // Whoever says whose a line is need not see its calls, only that there are some.
    async IAsyncEnumerable<Call> Newest(string connection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        CallCursor? after = null;
        for (var read = 0; read < CallsMax; read += CallLog.PageMax)
        {
            var page = await log.List(CallScope.Machine, new CallFilter(Connection: connection), CallLog.PageMax, after, stop: stop);
            foreach (var call in page.Calls) yield return call;
            if ((after = page.Next) is null) yield break;
        }
    }

    static IEnumerable<(string, NameKind, string)> NamesOf(Call call) => Roster.LinesOf(call)
        .Select(line => (line.Connection, line.Kind == LineKind.Line ? NameKind.Line : NameKind.Queue, line.Name))
        .Concat(Roster.ExtensionsOf(call).Select(extension => (call.Connection, NameKind.Extension, extension.Name)));

    List<SeenName> WithOwners(Dictionary<(string, NameKind, string), (int Calls, DateTimeOffset Last)> seen)
    {
        var (roster, now) = (personnel.Now, clock.GetUtcNow());
        var owned = roster.Lines.Where(line => line.When.Contains(now))
            .Select(line => (Key: (line.Connection, line.Kind == LineKind.Line ? NameKind.Line : NameKind.Queue, line.Name), Owner: line.Team, line.When.Since))
            .Concat(roster.Extensions.Where(extension => extension.When.Contains(now)).Select(extension => (Key: (extension.Connection, NameKind.Extension, extension.Name), Owner: extension.User, extension.When.Since)))
            .DistinctBy(holding => holding.Key).ToDictionary(holding => holding.Key);
        return [.. seen.Keys.Union(owned.Keys).Select(key =>
        {
            var (found, holding) = (seen.TryGetValue(key, out var count) ? count : default, owned.GetValueOrDefault(key));
            return new SeenName(key.Item1, key.Item2, key.Item3, found.Calls, found.Calls > 0 ? found.Last : null, holding.Owner, holding.Since);
        })];
    }
}
