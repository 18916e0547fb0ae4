using System.Globalization;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Closes calls of which nothing was heard for hours: a final event that was lost must not leave a call open for ever.
/// They are marked, end at their last news (a made-up hour of talk would be worse than none), and a late final event, or
/// any other sign of life, mends them.
/// </summary>
/// <remarks>
/// How long is <c>stale_after</c> of the connection, else of the server, else four hours: <c>4h</c>, <c>90m</c>, <c>0</c> for
/// never. On a direct connection silence proves nothing while the line is down, and the phone system itself is asked
/// which calls last, so a caller put on hold over lunch stays.
/// </remarks>
sealed class StaleCalls(
    Db db, CallLog log, Switchboard switchboard, DirectLines lines, ServerSettings settings, AuditLog audit, TimeProvider clock, ILogger<StaleCalls> logger) : BackgroundService
{
    public const string Setting = "calls.stale_after";
    public const string ConnectionSetting = "stale_after";
    public const string Why = "silent";

    public static readonly TimeSpan Default = TimeSpan.FromHours(4);
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    const string DefaultText = "4h";
    const int ChunkMax = 500;
    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary><c>4h</c>, <c>90m</c>, <c>1d</c>; <c>0</c> is never and given back as null.</summary>
    public static bool TryRead(string text, out TimeSpan? after)
    {
        after = null;
        text = text.Trim();
        if (text == "0") return true;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 100_000) return false;
        after = char.ToLowerInvariant(text[^1]) switch
        {
            'd' => TimeSpan.FromDays(number),
            'h' => TimeSpan.FromHours(number),
            'm' => TimeSpan.FromMinutes(number),
            _ => null,
        };
        return after >= Shortest;
    }

    public async Task<TimeSpan?> After(CancellationToken stop = default) =>
        await settings.Find(Setting, stop) is { } text && TryRead(text, out var after) ? after : Default;

    /// <summary>As somebody wrote it; the default where nobody did.</summary>
    public async Task<string> AfterText(CancellationToken stop = default) => await settings.Find(Setting, stop) ?? DefaultText;

    /// <exception cref="Refusal">This is no such time.</exception>
    public async Task SetAfter(string text, Actor by, CancellationToken stop = default)
    {
        text = text.Trim();
        if (!TryRead(text, out _)) throw new Refusal(RefusalKind.Invalid, "calls.stale-after", text);
        var before = await AfterText(stop);
        await db.Write(async tx =>
        {
            await settings.Set(tx, Setting, text);
            await audit.Note(tx, by, "settings.stale-after", "", new { before, after = text });
        }, stop);
    }

    /// <summary>Closes what is silent now.</summary>
    /// <returns>How many were closed.</returns>
    public async Task<int> Run(CancellationToken stop = default)
    {
        var closed = 0;
        var usual = await After(stop);
        var known = switchboard.All.ToDictionary(connection => connection.Id);
        foreach (var id in await log.ConnectionsInUse(stop))
        {
            var connection = known.GetValueOrDefault(id); // calls may outlive their connection
            var after = connection?.Settings[ConnectionSetting] is { Length: > 0 } own && TryRead(own, out var given) ? given : usual;
            if (after is null) continue;

            IReadOnlyCollection<CallKey>? lasting = [];
            if (connection is { State: not ConnectionState.Paused } && Catalogue.All.GetValueOrDefault(connection.Provider) is IStreamProvider
                && (lasting = await lines.Lasting(id)) is null) continue;
            closed += await Close(id, clock.GetUtcNow() - after.Value, lasting.ToHashSet(), stop);
        }

        return closed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                // Every node looks after the lines it keeps; closing a call twice changes nothing.
                if (await Run(stoppingToken) is > 0 and var closed)
                    logger.LogInformation("{Count} calls of which nothing was heard any more were closed", closed);
            }
            catch (Exception e) when (Db.IsOutage(e))
            {
                logger.LogWarning("Silent calls could not be closed, trying again in a minute: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task<int> Close(string connection, DateTimeOffset silentSince, HashSet<CallKey> lasting, CancellationToken stop)
    {
        var silent = (await log.SilentSince(silentSince, connection, int.MaxValue, stop)).Where(call => !lasting.Contains(call.Key)).ToList();
        foreach (var some in silent.Chunk(ChunkMax))
            await db.Write(tx => log.Append(tx, [.. some.Select(call => (CallEvent)new CallLost(call.Key, call.LastEvent, Why))], switchboard.ProviderOf), stop);
        return silent.Count;
    }
}
