using System.Security.Cryptography;
using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Wallboard;

/// <summary>A link by which a screen on a wall shows the wallboard without anybody being signed in. The secret in it is seen once, by who made it.</summary>
/// <param name="Teams">Ids of the teams whose calls it shows; null for all calls.</param>
/// <param name="MadeBy">Id of the person: what he may not see any more, the link does not show either.</param>
/// <param name="SeenAt">When a screen last showed something by it, to the minute.</param>
public sealed record KioskLink(
    long Id, string Name, IReadOnlyList<string>? Teams, string MadeBy, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? SeenAt)
{
    public bool IsOpen(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now;
}

/// <summary>
/// Keeps the links of screens on walls; of the secret only its hash. A link never shows more than who made it may see now, so it
/// ends with his rights, and looks are asked of the database one by one, so it ends on all nodes at once.
/// </summary>
sealed class KioskLinks(Db db, Personnel personnel, AuditLog audit, TimeProvider clock)
{
    public const int NameMax = 100;
    public const int DaysMax = 730;

    /// <summary>Of one person, at the same time.</summary>
    public const int LinksMax = 100;

    /// <summary>Those that are over stay in the list, as many as this in all.</summary>
    const int ShownMax = 500;

    const int TokenLength = 64;

    static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    const string Columns = "id, name, teams, made_by, made_at, expires_at, revoked_at, seen_at";

    /// <summary>Heard after a link was made or revoked here, or was looked by.</summary>
    public event Action? Changed;

    /// <summary>Somebody who makes links sees his own, an administrator everybody's; newest first.</summary>
    public Task<IReadOnlyList<KioskLink>> All(Rights rights, CancellationToken stop = default) => db.Read<IReadOnlyList<KioskLink>>(async tx =>
        [.. (await tx.List<Row>($"select {Columns} from wallboard_links {(rights.IsAdministrator ? "" : "where made_by = @User")} order by id desc limit {ShownMax}", new { rights.User })).Select(row => row.ToLink())], stop);

    /// <summary>The new link, and the secret that leads to it: shown now and never again.</summary>
    /// <param name="teams">None for all calls, which only who sees all calls can ask for.</param>
    /// <exception cref="Refusal">It has no name, lasts too long, or would show what its maker does not see.</exception>
    public async Task<(KioskLink Link, string Token)> Make(string name, IReadOnlyCollection<string> teams, int days, Authority by, CancellationToken stop = default)
    {
        if (!by.Rights.MakesWallboards) throw new Refusal(RefusalKind.Forbidden, "wallboard.no-right");
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > NameMax) throw new Refusal(RefusalKind.Invalid, "wallboard.name", NameMax);
        if (days is < 1 or > DaysMax) throw new Refusal(RefusalKind.Invalid, "wallboard.days", DaysMax);
        List<string> chosen = [.. teams.Distinct().Order(StringComparer.Ordinal)];
        var roster = personnel.Now;
        if (chosen.Count == 0 ? !by.Rights.Calls.IsEverything : chosen.Exists(team => !roster.Teams.ContainsKey(team) || !IsSeen(by.Rights, team))) throw new Refusal(RefusalKind.Forbidden, "wallboard.teams");

        var (now, token) = (clock.GetUtcNow(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenLength / 2)));
        var link = await db.Write(async tx =>
        {
            var values = new { hash = Hash(token), name = name.Trim(), teams = chosen.Count == 0 ? null : string.Join(' ', chosen), by = by.Rights.User, now = now.ToUnixTimeMilliseconds(), expires = now.AddDays(days).ToUnixTimeMilliseconds() };
            if (await tx.One<long>("select count(*) from wallboard_links where made_by = @by and revoked_at is null and expires_at > @now", values) >= LinksMax) throw new Refusal(RefusalKind.Conflict, "wallboard.too-many", LinksMax);
            var id = await tx.One<long>("insert into wallboard_links (hash, name, teams, made_by, made_at, expires_at) values (@hash, @name, @teams, @by, @now, @expires) returning id", values);
            await audit.Note(tx, by.Actor, "wallboard.link-made", $"wallboard:{id}", new { values.name, teams = chosen, expires_at = now.AddDays(days) });
            return (await tx.One<Row>($"select {Columns} from wallboard_links where id = @id", new { id })).ToLink();
        }, stop);
        Changed?.Invoke();
        return (link, token);
    }

    /// <summary>Screens that show it say so within seconds and show no figure any more.</summary>
    /// <exception cref="Refusal">There is no such link, or it is not his.</exception>
    public async Task Revoke(long id, Authority by, CancellationToken stop = default)
    {
        await db.Write(async tx =>
        {
            if (await tx.Maybe<Row>($"select {Columns} from wallboard_links where id = @id", new { id }) is not { } found || !by.Rights.IsAdministrator && found.made_by != by.Rights.User)
                throw new Refusal(RefusalKind.NotFound, "wallboard.unknown", id);
            if (found.revoked_at is not null) return; // asking twice is fine
            await tx.Run("update wallboard_links set revoked_at = @now where id = @id", new { id, now = clock.GetUtcNow().ToUnixTimeMilliseconds() });
            await audit.Note(tx, by.Actor, "wallboard.link-revoked", $"wallboard:{id}", new { found.name });
        }, stop);
        Changed?.Invoke();
    }

    /// <summary>What a screen with this secret may show now; null when the link is unknown, revoked or over, or who made it may not see that any more.</summary>
    public async Task<BoardScope?> Look(string token, CancellationToken stop = default)
    {
        if (token.Length != TokenLength) return null;
        var now = clock.GetUtcNow();
        if ((await db.Read(tx => tx.Maybe<Row>($"select {Columns} from wallboard_links where hash = @hash", new { hash = Hash(token) }), stop))?.ToLink() is not { } link || !link.IsOpen(now)) return null;
        var scope = ScopeOf(link, personnel.RightsOf(link.MadeBy));
        if (scope == CallScope.None) return null;
        if (!(now - link.SeenAt < SeenEvery))
        {
            await db.Write(tx => tx.Run("update wallboard_links set seen_at = @now where id = @Id", new { link.Id, now = now.ToUnixTimeMilliseconds() }), stop);
            Changed?.Invoke();
        }

        return BoardScope.Of(scope, TimeZoneInfo.TryFindSystemTimeZoneById(personnel.Now.People[link.MadeBy].TimeZone, out var zone) ? zone : TimeZoneInfo.Utc);
    }

    /// <summary>What the link shows and its maker sees, both; calls of his own that count for other teams are not among them.</summary>
    internal static CallScope ScopeOf(KioskLink link, Rights maker)
    {
        if (!maker.MakesWallboards) return CallScope.None;
        if (link.Teams is not { } teams) return maker.Calls.IsEverything ? maker.Calls : CallScope.None;
        return teams.Where(team => IsSeen(maker, team)).ToList() is { Count: > 0 } seen ? CallScope.Of(null, seen) : CallScope.None;
    }

    static bool IsSeen(Rights rights, string team) => rights.Calls.IsEverything || rights.Calls.Teams.Contains(team);

    static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public string name { get; init; } = "";
        public string? teams { get; init; }
        public string made_by { get; init; } = "";
        public long made_at { get; init; }
        public long expires_at { get; init; }
        public long? revoked_at { get; init; }
        public long? seen_at { get; init; }

        public KioskLink ToLink() => new(id, name, teams?.Split(' '), made_by, At(made_at)!.Value, At(expires_at)!.Value, At(revoked_at), At(seen_at));

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
}
