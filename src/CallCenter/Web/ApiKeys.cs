using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Web;

/// <summary>What a program shows instead of a password. The key itself is seen once, by who made it.</summary>
/// <param name="Id">The part of the key that everybody may see.</param>
/// <param name="Scopes">What it allows; see <see cref="ApiScope"/>.</param>
/// <param name="Teams">Only calls of these teams; null for all calls.</param>
public sealed record ApiKey(
    string Id, string Name, IReadOnlySet<string> Scopes, IReadOnlyList<string>? Teams, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt)
{
    /// <summary>Which calls it shows.</summary>
    public CallScope Calls => !Allows(ApiScope.CallsRead) ? CallScope.None : Teams is null ? CallScope.All(null) : CallScope.Of(null, Teams);

    /// <summary>Whose cases it shows, by their calls.</summary>
    public CallScope Cases => !Allows(ApiScope.CasesRead) && !Allows(ApiScope.CasesWrite) ? CallScope.None : Teams is null ? CallScope.All(null) : CallScope.Of(null, Teams);

    public bool Allows(string scope) => RevokedAt is null && Scopes.Contains(scope);
}

public static class ApiScope
{
    /// <summary>Calls: list, one, export, stream.</summary>
    public const string CallsRead = "calls:read";

    /// <summary>What phone systems sent about a call, and what we made of it.</summary>
    public const string ArrivalsRead = "arrivals:read";

    /// <summary>Missed calls to be returned: list, one, stream.</summary>
    public const string CasesRead = "cases:read";

    /// <summary>Taking, trying and closing them in somebody's name.</summary>
    public const string CasesWrite = "cases:write";

    /// <summary>Ringing people's telephones and dialling for them, where an administrator switched control on.</summary>
    public const string CallsPlace = "calls:place";

    /// <summary>Customers: list, one, looking up.</summary>
    public const string CustomersRead = "customers:read";

    /// <summary>Adding and changing them.</summary>
    public const string CustomersWrite = "customers:write";

    /// <summary>The parts catalogue: search, one.</summary>
    public const string PartsRead = "parts:read";

    /// <summary>Adding and changing parts, their prices and stock.</summary>
    public const string PartsWrite = "parts:write";

    /// <summary>Quotes and orders: list, one.</summary>
    public const string SalesRead = "sales:read";

    /// <summary>Putting in those that another system keeps.</summary>
    public const string SalesWrite = "sales:write";

    public static readonly string[] All = [CallsRead, ArrivalsRead, CasesRead, CasesWrite, CallsPlace, CustomersRead, CustomersWrite, PartsRead, PartsWrite, SalesRead, SalesWrite];
}

/// <summary>
/// Keeps the keys of programs, hashed. Looked up in memory, because every request asks; a change made on another node or
/// by the command line is heard within a second.
/// </summary>
sealed class ApiKeys(Db db, AuditLog audit, TimeProvider clock, ILogger<ApiKeys> logger)
{
    /// <summary>The name under which other nodes are told that keys changed.</summary>
    public const string Told = "api_keys";

    public const int NameMax = 100;

    const string Prefix = "cc_";
    const string LettersOfIds = "abcdefghijklmnopqrstuvwxyz0123456789";
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + LettersOfIds;
    const int IdLength = 10;
    const int SecretLength = 43; // of 62 letters: 256 bits
    static readonly TimeSpan UseIsNotedEvery = TimeSpan.FromMinutes(1);

    /// <summary>Heard after a key was made, revoked or used, here or on another node. Whoever hears must not take long.</summary>
    public event Action? Changed;

    readonly ConcurrentDictionary<string, DateTimeOffset> noted = [];
    readonly SemaphoreSlim loading = new(1, 1);
    ImmutableDictionary<string, Known>? known;

    /// <summary>Newest first, the revoked ones too.</summary>
    public async Task<IReadOnlyList<ApiKey>> All(CancellationToken stop = default) =>
        [.. (await Read(stop)).Select(found => found.Key).OrderByDescending(key => key.CreatedAt)];

    public async Task Load(CancellationToken stop = default)
    {
        await loading.WaitAsync(stop);
        try
        {
            known = (await Read(stop)).ToImmutableDictionary(found => found.Key.Id);
        }
        finally
        {
            loading.Release();
        }

        Changed?.Invoke();
    }

    /// <summary>The new key, and what the program has to send: shown now and never again.</summary>
    /// <exception cref="Refusal">No name, or a scope that does not exist.</exception>
    public async Task<(ApiKey Key, string Secret)> Add(
        string name, IReadOnlyCollection<string> scopes, Actor by, IReadOnlyCollection<string>? teams = null, CancellationToken stop = default)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > NameMax) throw new Refusal(RefusalKind.Invalid, "key.name", NameMax);
        if (scopes.Count == 0) throw new Refusal(RefusalKind.Invalid, "key.no-scope", string.Join(", ", ApiScope.All));
        foreach (var scope in scopes)
            if (!ApiScope.All.Contains(scope)) throw new Refusal(RefusalKind.Invalid, "key.unknown-scope", scope, string.Join(", ", ApiScope.All));

        var id = RandomNumberGenerator.GetString(LettersOfIds, IdLength);
        var secret = $"{Prefix}{id}_{RandomNumberGenerator.GetString(Letters, SecretLength)}";
        var added = new ApiKey(id, name.Trim(), scopes.ToFrozenSet(), teams is { Count: > 0 } ? [.. teams.Distinct()] : null, clock.GetUtcNow(), null, null);
        await db.Write(async tx =>
        {
            await tx.Run("insert into api_keys (id, name, hash, scopes, teams, created_at) values (@id, @name, @hash, @scopes, @teams, @at)", new
            {
                id,
                name = added.Name,
                hash = Convert.ToHexString(HashOf(secret)),
                scopes = string.Join(' ', added.Scopes.Order(StringComparer.Ordinal)),
                teams = added.Teams is null ? null : string.Join(' ', added.Teams),
                at = added.CreatedAt.ToUnixTimeMilliseconds(),
            });
            await audit.Note(tx, by, "key.added", $"key:{id}", new { added.Name, added.Scopes, added.Teams });
            await tx.Notify(Told);
        }, stop);
        await Load(stop);
        return (added, secret);
    }

    /// <summary>From now on the key opens nothing; streams that it opened end within seconds.</summary>
    public async Task Revoke(string id, Actor by, CancellationToken stop = default)
    {
        await db.Write(async tx =>
        {
            var found = await tx.Run("update api_keys set revoked_at = coalesce(revoked_at, @now) where id = @id", new { id, now = clock.GetUtcNow().ToUnixTimeMilliseconds() });
            if (found == 0) throw new Refusal(RefusalKind.NotFound, "key.unknown", id);
            await audit.Note(tx, by, "key.revoked", $"key:{id}");
            await tx.Notify(Told);
        }, stop);
        await Load(stop);
    }

    /// <summary>As much of a key as everybody may see.</summary>
    public static string Shown(string id) => $"{Prefix}{id}…";

    /// <summary>The key that this is, unless it is revoked.</summary>
    public async ValueTask<ApiKey?> Find(string presented, CancellationToken stop = default)
    {
        if (presented.Length != Prefix.Length + IdLength + 1 + SecretLength || !presented.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        if (known is null) await Load(stop);
        if (known!.GetValueOrDefault(presented.Substring(Prefix.Length, IdLength)) is not { Key.RevokedAt: null } found
            || !CryptographicOperations.FixedTimeEquals(found.Hash, HashOf(presented)))
            return null;

        NoteUse(found.Key);
        return found.Key;
    }

    /// <summary>For what lasts longer than a request: still the same right?</summary>
    public bool Allows(string id, string scope) => known?.GetValueOrDefault(id)?.Key.Allows(scope) == true;

    /// <summary>Which calls the key shows now.</summary>
    public CallScope CallsOf(string id) => known?.GetValueOrDefault(id)?.Key.Calls ?? CallScope.None;

    /// <summary>The calls whose cases the key shows now.</summary>
    public CallScope CasesOf(string id) => known?.GetValueOrDefault(id)?.Key.Cases ?? CallScope.None;

    /// <summary>The teams that the key is for; null for all.</summary>
    public IReadOnlyList<string>? TeamsOf(string id) => known?.GetValueOrDefault(id)?.Key.Teams;

    public string NameOf(string id) => known?.GetValueOrDefault(id)?.Key.Name ?? "";

    void NoteUse(ApiKey key)
    {
        var now = clock.GetUtcNow();
        var last = noted.GetValueOrDefault(key.Id, key.LastUsedAt ?? DateTimeOffset.MinValue);
        if (now - last < UseIsNotedEvery) return;
        noted[key.Id] = now;
        _ = Keep();

        async Task Keep()
        {
            try
            {
                await db.Write(tx => tx.Run("update api_keys set last_used_at = @now where id = @id", new { id = key.Id, now = now.ToUnixTimeMilliseconds() }));
                Changed?.Invoke();
            }
            catch (Exception e)
            {
                logger.LogWarning("The use of an API key could not be noted: {Reason}", e.Message);
            }
        }
    }

    async Task<List<Known>> Read(CancellationToken stop) =>
        (await db.Read(tx => tx.List<Row>("select id, name, hash, scopes, teams, created_at, last_used_at, revoked_at from api_keys"), stop)).ConvertAll(row => row.ToKnown());

    static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    sealed record Known(ApiKey Key, byte[] Hash);

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string id { get; init; } = "";
        public string name { get; init; } = "";
        public string hash { get; init; } = "";
        public string scopes { get; init; } = "";
        public string? teams { get; init; }
        public long created_at { get; init; }
        public long? last_used_at { get; init; }
        public long? revoked_at { get; init; }

        public Known ToKnown() => new(
            new ApiKey(id, name, scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(), teams?.Split(' ', StringSplitOptions.RemoveEmptyEntries), At(created_at)!.Value, At(last_used_at), At(revoked_at)),
            Convert.FromHexString(hash));

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
}
