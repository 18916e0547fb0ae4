using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Storage;
using MimeKit;

namespace CallCenter.Alerts;

/// <summary>Keeps what somebody set about alerts; what nobody set is as the kind says.</summary>
sealed class AlertRules(Db db, IEnumerable<IAlertSource> sources, AuditLog audit, AlertNews news)
{
    public const int RecipientsMax = 20;

    /// <summary>Of one address, as mail allows.</summary>
    public const int AddressMax = 254;

    readonly IReadOnlyDictionary<string, AlertKind> kinds = sources.SelectMany(source => source.Kinds).ToDictionary(kind => kind.Name);

    /// <summary>All there are, as long as their sources are registered.</summary>
    public IReadOnlyDictionary<string, AlertKind> Kinds => kinds;

    public Task<IReadOnlyDictionary<string, AlertRule>> All(CancellationToken stop = default) => db.Read(Read, stop);

    public async Task<IReadOnlyDictionary<string, AlertRule>> Read(Tx tx)
    {
        var set = (await tx.List<Row>("select kind, settings, recipients, active from alert_rules")).ToDictionary(row => row.kind);
        return kinds.Values.ToDictionary(kind => kind.Name, kind => set.GetValueOrDefault(kind.Name)?.ToRule(kind) ?? AlertRule.Default(kind));
    }

    /// <exception cref="Refusal">A number out of its range, or something that is no mail address.</exception>
    public async Task Change(AlertRule rule, Actor by, CancellationToken stop = default)
    {
        foreach (var number in rule.Kind.Numbers)
            if (rule[number.Name] < number.Min || rule[number.Name] > number.Max) throw new Refusal(RefusalKind.Invalid, "alert.number", number.Min, number.Max);
        if (rule.Recipients.Count > RecipientsMax) throw new Refusal(RefusalKind.Invalid, "alert.too-many-recipients", RecipientsMax);
        foreach (var address in rule.Recipients)
            if (address.Length > AddressMax || !MailboxAddress.TryParse(address, out var mailbox) || mailbox.Address != address || !address.Contains('@'))
                throw new Refusal(RefusalKind.Invalid, "alert.recipient", VisibleText.Line(address, 60));

        await db.Write(async tx =>
        {
            var before = (await Read(tx))[rule.Kind.Name];
            await tx.Run(
                """
                insert into alert_rules (kind, settings, recipients, active) values (@kind, @settings, @recipients, @active)
                on conflict (kind) do update set settings = excluded.settings, recipients = excluded.recipients, active = excluded.active
                """,
                new { kind = rule.Kind.Name, settings = JsonSerializer.Serialize(rule.Settings), recipients = string.Join(' ', rule.Recipients), active = rule.IsActive ? 1 : 0 });
            await audit.Note(tx, by, "alert.rule-changed", "", new { kind = rule.Kind.Name, before = Told(before), after = Told(rule) });
            await news.Tell(tx);
        }, stop);
    }

    static object Told(AlertRule rule) => new { rule.Settings, rule.Recipients, rule.IsActive };

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string kind { get; init; } = "";
        public string settings { get; init; } = "";
        public string recipients { get; init; } = "";
        public long active { get; init; }

        /// <summary>A number that the kind did not have then is as the kind says.</summary>
        public AlertRule ToRule(AlertKind known)
        {
            var set = JsonSerializer.Deserialize<Dictionary<string, int>>(settings)!;
            return new AlertRule(known, known.Numbers.ToDictionary(number => number.Name, number => set.GetValueOrDefault(number.Name, number.Default)),
                recipients.Split(' ', StringSplitOptions.RemoveEmptyEntries), active != 0);
        }
    }
#pragma warning restore IDE1006
}
