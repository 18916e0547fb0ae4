using CallCenter.Alerts.Pages;
using CallCenter.Mail;
using CallCenter.Storage;

namespace CallCenter.Alerts;

/// <summary>Asks every source, on one node, what is the matter; raises what is new, ends what is told no more, and writes the mails.</summary>
sealed class AlertWatch(
    Db db, IEnumerable<IAlertSource> sources, AlertRules rules, AlertBoard board, AlertLetters letters, Postman postman, TimeProvider clock, ILogger<AlertWatch> logger) : BackgroundService
{
    /// <summary>Of one source at one time; the rest has to wait.</summary>
    const int FoundMax = 100;
    const int LettersMax = 20;

    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>What comes and goes at the edge of a rule is one and the same.</summary>
    static readonly TimeSpan EndsAfter = TimeSpan.FromMinutes(2);

    /// <summary>A mail that could not be posted for so long is news no more.</summary>
    static readonly TimeSpan MailedWithin = TimeSpan.FromHours(1);

    readonly Dictionary<long, DateTimeOffset> lastSeen = [];

    /// <summary>Looks once.</summary>
    /// <returns>How many alerts were raised.</returns>
    public async Task<int> Run(CancellationToken stop = default)
    {
        var (known, goingOn) = await db.Read(async tx => (await rules.Read(tx), await board.GoingOn(tx)), stop);
        var (found, failed) = (new List<Alert>(), new HashSet<string>());
        foreach (var source in sources.Where(source => source.Kinds.Any(kind => known[kind.Name].IsActive)))
            try
            {
                found.AddRange((await db.Read(tx => source.Look(tx, clock.GetUtcNow(), known), stop)).Where(alert => known[alert.Kind].IsActive).Take(FoundMax));
            }
            catch (Exception e) when (!Db.IsOutage(e) && !stop.IsCancellationRequested)
            {
                // One that fails must not sink the others, nor end what it cannot see.
                logger.LogError(e, "{Source} cannot see whether something is the matter", source.GetType().Name);
                failed.UnionWith(source.Kinds.Select(kind => kind.Name));
            }

        var isNew = found.FindAll(alert => !goingOn.Exists(kept => IsSame(kept, alert)));
        var over = goingOn.FindAll(kept => known.ContainsKey(kept.Kind) && !failed.Contains(kept.Kind) && IsOver(kept, found)).ConvertAll(kept => kept.Id);
        var raised = 0;
        // Mostly there is nothing to write, and the writer is left alone.
        if (isNew.Count + over.Count > 0)
            raised = await db.Write(async tx =>
            {
                var count = 0;
                foreach (var alert in isNew)
                    if (await board.Raise(tx, alert)) count++;
                await board.End(tx, over);
                return count;
            }, stop);
        foreach (var id in lastSeen.Keys.Where(id => over.Contains(id) || goingOn.TrueForAll(kept => kept.Id != id)).ToList()) lastSeen.Remove(id);
        await Mail(known, stop);
        return raised;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await using var held = await db.Hold("alert-watch", stoppingToken);
                if (held is not null) await Run(stoppingToken);
                else lastSeen.Clear(); // another node looks
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (Db.IsOutage(e)) logger.LogWarning("Nobody can look whether something is the matter, trying again: {Reason}", e.Message);
                else logger.LogError(e, "Nobody can look whether something is the matter, trying again");
            }
    }

    static bool IsSame(KeptAlert kept, Alert alert) => kept.Kind == alert.Kind && kept.Subject == alert.Subject && (alert.Episode is null || alert.Episode == kept.Episode);

    bool IsOver(KeptAlert kept, List<Alert> found)
    {
        var now = clock.GetUtcNow();
        if (found.Exists(alert => IsSame(kept, alert)))
        {
            lastSeen[kept.Id] = now;
            return false;
        }

        lastSeen.TryAdd(kept.Id, now);
        return now - lastSeen[kept.Id] >= EndsAfter;
    }

    /// <summary>Mail is posted in memory, so an alert counts as told when its letters are; killed before, they are written again.</summary>
    async Task Mail(IReadOnlyDictionary<string, AlertRule> known, CancellationToken stop)
    {
        foreach (var alert in await board.Untold(LettersMax, stop))
        {
            var recipients = known.GetValueOrDefault(alert.Kind)?.Recipients ?? [];
            var isPosted = recipients.All(recipient => postman.Post(letters.Write(alert, recipient)));
            if (!isPosted && postman.Works && clock.GetUtcNow() - alert.At < MailedWithin) return; // its box is full
            await board.MarkTold(alert.Id, stop);
        }
    }
}
