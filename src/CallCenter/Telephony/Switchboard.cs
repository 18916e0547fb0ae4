using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace CallCenter.Telephony;

/// <summary>Keeps the configured connections. Secrets are protected where they rest and readable only in memory.</summary>
sealed class Switchboard(Db db, IDataProtectionProvider protection, TimeProvider clock, AuditLog audit) : IPhoneSystems
{
    /// <summary>The name under which other nodes are told that connections changed.</summary>
    public const string Told = "connections";

    const string Mark = "protected:";
    const int ValueMax = 16 * 1024;

    readonly IDataProtector protector = protection.CreateProtector("connection-settings");
    ImmutableDictionary<string, Connection> all = ImmutableDictionary<string, Connection>.Empty;

    /// <summary>Heard after every change of a connection, here or on another node.</summary>
    public event Action? Changed;

    public IReadOnlyCollection<Connection> All => [.. all.Values.OrderBy(connection => connection.Name, StringComparer.CurrentCulture)];

    public IReadOnlyList<(string Connection, string Name)> Names => [.. All.Select(connection => (connection.Id, connection.Name))];

    public Connection? Find(string id) => all.GetValueOrDefault(id);

    public string ProviderOf(string connection) => Find(connection)?.Provider ?? "";

    public string HomeCountry(string? connection = null) => connection is not null && Find(connection) is { } found
        ? found.Settings.Country
        : all.Values.GroupBy(known => known.Settings.Country).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.Key ?? Settings.Empty.Country;

    /// <summary>Reads all connections anew; at the start and when another node changed one.</summary>
    public async Task Load(CancellationToken stop = default)
    {
        var rows = await db.Read(tx => tx.List<Row>("select id, name, provider, state, settings, created_at, changed_at from connections"), stop);
        all = rows.Select(ToConnection).ToImmutableDictionary(connection => connection.Id);
        Changed?.Invoke();
    }

    /// <summary>A connection of this process only, kept nowhere: what a replay speaks through.</summary>
    public void Lend(Connection connection) => all = all.SetItem(connection.Id, connection);

    /// <summary>Adds a connection; secrets that the provider wants generated and that are not given are made up.</summary>
    /// <param name="by">Who is written down; the server itself if nobody is said.</param>
    /// <exception cref="Refusal">Unknown provider or settings that cannot work.</exception>
    public async Task<Connection> Add(string provider, string name, IReadOnlyDictionary<string, string> settings, ConnectionState state, CancellationToken stop = default, Actor? by = null)
    {
        var info = Catalogue.Find(provider).Info;
        if (string.IsNullOrWhiteSpace(name) || name.Length > 100) throw new Refusal(RefusalKind.Invalid, "connection.name");
        var complete = new Dictionary<string, string>(settings);
        foreach (var setting in info.Settings)
            if (setting.Generated && string.IsNullOrEmpty(complete.GetValueOrDefault(setting.Key)))
                complete[setting.Key] = NewSecret();
        Check(provider, complete, state);

        var now = clock.GetUtcNow();
        var added = new Connection($"{provider}-{RandomNumberGenerator.GetHexString(12, lowercase: true)}", name.Trim(), provider, state, new Settings(complete), now, now);
        var row = ToRow(added); // before the transaction: protecting may have to store a key first
        await db.Write(async tx =>
        {
            await tx.Run("insert into connections (id, name, provider, state, settings, created_at, changed_at) values (@id, @name, @provider, @state, @settings, @created_at, @changed_at)", row);
            await audit.Note(tx, by ?? Actor.Server, "connection.added", $"connection:{added.Id}", new { added.Name, added.Provider, added.State });
            await tx.Notify(Told);
        }, stop);
        await Load(stop);
        return Find(added.Id)!;
    }

    /// <summary>Changes name, state or settings. Settings not named stay as they are; an empty value removes one.</summary>
    public async Task<Connection> Change(string id, string? name = null, ConnectionState? state = null, IReadOnlyDictionary<string, string>? settings = null, CancellationToken stop = default, Actor? by = null)
    {
        var before = Find(id) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", id);
        if (name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > 100)) throw new Refusal(RefusalKind.Invalid, "connection.name");
        var merged = new Dictionary<string, string>(before.Settings.Values);
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
            if (value.Length == 0) merged.Remove(key);
            else merged[key] = value;
        Check(before.Provider, merged, state ?? before.State);

        var after = before with { Name = name?.Trim() ?? before.Name, State = state ?? before.State, Settings = new Settings(merged), ChangedAt = clock.GetUtcNow() };
        var row = ToRow(after);
        await db.Write(async tx =>
        {
            await tx.Run("update connections set name = @name, state = @state, settings = @settings, changed_at = @changed_at where id = @id", row);
            await audit.Note(tx, by ?? Actor.Server, "connection.changed", $"connection:{id}", Changes(before, after));
            await tx.Notify(Told);
        }, stop);
        await Load(stop);
        return Find(id)!;
    }

    /// <summary>A new secret beside the old one: both hold until the next rotation, so that nothing is refused meanwhile.</summary>
    public Task<Connection> Rotate(string id, string key, string? secret = null, CancellationToken stop = default, Actor? by = null)
    {
        var before = Find(id) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", id);
        var setting = Catalogue.Find(before.Provider).Info.Settings.FirstOrDefault(setting => setting.Key == key && setting is { Secret: true, ProvesUs: false })
            ?? throw new Refusal(RefusalKind.Invalid, "connection.no-such-secret", key);
        return Change(id, settings: new Dictionary<string, string>
        {
            [setting.Key] = string.IsNullOrEmpty(secret) ? NewSecret() : secret,
            [setting.Key + "_previous"] = before.Settings[setting.Key],
        }, stop: stop, by: by);
    }

    public async Task Remove(string id, CancellationToken stop = default, Actor? by = null)
    {
        var name = Find(id)?.Name;
        await db.Write(async tx =>
        {
            await tx.Run("delete from connections where id = @id", new { id });
            foreach (var table in (string[])["access_tokens", "log_marks", "log_fetches", "subscriptions"]) await tx.Run($"delete from {table} where connection = @id", new { id });
            await audit.Note(tx, by ?? Actor.Server, "connection.removed", $"connection:{id}", new { name });
            await tx.Notify(Told);
        }, stop);
        await Load(stop);
    }

    /// <summary>For the audit: which settings changed, never what they are.</summary>
    static object Changes(Connection before, Connection after) => new
    {
        name = before.Name == after.Name ? null : new { before = before.Name, after = after.Name },
        state = before.State == after.State ? null : new { before = before.State, after = after.State },
        settings = before.Settings.Values.Keys.Union(after.Settings.Values.Keys).Where(key => before.Settings[key] != after.Settings[key]).Order(StringComparer.Ordinal).ToList(),
    };

    /// <summary>Hex, which is also a word in every base64 alphabet: Standard Webhooks takes it after <c>whsec_</c>.</summary>
    public static string NewSecret() => RandomNumberGenerator.GetHexString(48, lowercase: true);

    /// <summary>The last four characters of a secret, for a person who compares.</summary>
    public static string Masked(string secret) => secret.Length == 0 ? "" : "••••" + (secret.Length >= 12 ? secret[^4..] : "");

    static bool IsSecret(string provider, string key) => Catalogue.All.TryGetValue(provider, out var known)
        && known.Info.Settings.Any(setting => setting.Secret && (setting.Key == key || setting.Key + "_previous" == key));

    /// <summary>A draft may still lack what the first real message will show; what is switched on must be able to work.</summary>
    static void Check(string provider, Dictionary<string, string> settings, ConnectionState state)
    {
        foreach (var (key, value) in settings)
            if (key.Length > 200 || value.Length > ValueMax)
                throw new Refusal(RefusalKind.Invalid, "connection.setting-too-long", key, ValueMax);
        var info = Catalogue.Find(provider).Info;
        foreach (var setting in info.Settings)
            if (setting.Required && state != ConnectionState.Draft && string.IsNullOrEmpty(settings.GetValueOrDefault(setting.Key)))
                throw new Refusal(RefusalKind.Invalid, "connection.setting-missing", setting.Key);
        if (settings.GetValueOrDefault("time_zone") is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            throw new Refusal(RefusalKind.Invalid, "connection.unknown-zone", zone);
        if (settings.GetValueOrDefault(StaleCalls.ConnectionSetting) is { Length: > 0 } after && !StaleCalls.TryRead(after, out _))
            throw new Refusal(RefusalKind.Invalid, "calls.stale-after", after);
        if (state == ConnectionState.Active && Catalogue.Find(provider).Problems(new Settings(settings)) is { Count: > 0 } problems)
            throw new Refusal(RefusalKind.Invalid, "connection.settings", string.Join("; ", problems));
    }

    Connection ToConnection(Row row)
    {
        var values = JsonSerializer.Deserialize<Dictionary<string, string>>(row.settings)!;
        foreach (var (key, value) in values.Where(pair => pair.Value.StartsWith(Mark, StringComparison.Ordinal)).ToList())
            values[key] = protector.Unprotect(value[Mark.Length..]);
        return new(row.id, row.name, row.provider, Enum.Parse<ConnectionState>(row.state), new Settings(values),
            DateTimeOffset.FromUnixTimeMilliseconds(row.created_at), DateTimeOffset.FromUnixTimeMilliseconds(row.changed_at));
    }

    Row ToRow(Connection connection) => new()
    {
        id = connection.Id,
        name = connection.Name,
        provider = connection.Provider,
        state = connection.State.ToString(),
        settings = JsonSerializer.Serialize(connection.Settings.Values.ToDictionary(pair => pair.Key,
            pair => IsSecret(connection.Provider, pair.Key) ? Mark + protector.Protect(pair.Value) : pair.Value)),
        created_at = connection.CreatedAt.ToUnixTimeMilliseconds(),
        changed_at = connection.ChangedAt.ToUnixTimeMilliseconds(),
    };

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string id { get; init; } = "";
        public string name { get; init; } = "";
        public string provider { get; init; } = "";
        public string state { get; init; } = "";
        public string settings { get; init; } = "";
        public long created_at { get; init; }
        public long changed_at { get; init; }
    }
}
