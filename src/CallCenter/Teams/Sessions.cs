using System.Security.Cryptography;
using System.Text;
using CallCenter.Storage;

namespace CallCenter.Teams;

/// <summary>Somewhere a person is signed in.</summary>
/// <param name="Id">Names it to its person; opens nothing.</param>
/// <param name="Agent">What the browser calls itself.</param>
/// <param name="IsCurrent">The one that asks.</param>
public sealed record OpenSession(string Id, DateTimeOffset BeganAt, DateTimeOffset SeenAt, string Agent, string Address, bool IsCurrent);

/// <summary>
/// Keeps who is signed in. A cookie alone is not authority: it names a row here, which ends with signing out, with a
/// change of the person's security stamp, or after <see cref="IdleMax"/>; on all nodes at once.
/// </summary>
sealed class Sessions(Db db, TimeProvider clock)
{
    public static readonly TimeSpan IdleMax = TimeSpan.FromDays(7);
    static readonly TimeSpan SeenEvery = TimeSpan.FromHours(1);

    const int AgentMax = 300, AddressMax = 64;

    /// <summary>Returns the session's secret id, which only the cookie keeps.</summary>
    /// <param name="agent">What the browser calls itself.</param>
    /// <param name="address">Where it is, as the network says.</param>
    public async Task<string> Begin(User user, string agent = "", string address = "")
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await db.Write(async tx =>
        {
            await tx.Run("delete from sessions where user_id = @Id and (seen_at < @idle or security_stamp <> @SecurityStamp)",
                new { user.Id, user.SecurityStamp, idle = now - (long)IdleMax.TotalMilliseconds });
            await tx.Run("insert into sessions (hash, user_id, security_stamp, created_at, seen_at, agent, address) values (@hash, @Id, @SecurityStamp, @now, @now, @agent, @address)",
                new { hash = Hash(id), user.Id, user.SecurityStamp, now, agent = Shortened(agent, AgentMax), address = Shortened(address, AddressMax) });
            await tx.Run("update users set seen_at = @now where id = @Id", new { user.Id, now });
        });
        return id;
    }

    /// <summary>Whose session it is (the person's id), or null when it ended or the person may not sign in any more.</summary>
    public async Task<string?> Find(string id, CancellationToken stop = default)
    {
        var hash = Hash(id);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var found = await db.Read(tx => tx.Maybe<Row>(
            """
            select u.id, s.seen_at from sessions s join users u on u.id = s.user_id
            where s.hash = @hash and s.seen_at > @idle and s.security_stamp = u.security_stamp and u.blocked_at is null and u.archived_at is null
            """, new { hash, idle = now - (long)IdleMax.TotalMilliseconds }), stop);
        if (found is null) return null;
        if (found.seen_at < now - (long)SeenEvery.TotalMilliseconds)
            await db.Write(async tx =>
            {
                await tx.Run("update sessions set seen_at = @now where hash = @hash", new { hash, now });
                await tx.Run("update users set seen_at = @now where id = @id", new { found.id, now });
            }, stop);
        return found.id;
    }

    public Task End(string id) => db.Write(tx => tx.Run("delete from sessions where hash = @hash", new { hash = Hash(id) }));

    /// <summary>Where this person is signed in, the latest first.</summary>
    /// <param name="current">The secret id of the session that asks.</param>
    public async Task<IReadOnlyList<OpenSession>> Of(string user, string current, CancellationToken stop = default)
    {
        var idle = clock.GetUtcNow().ToUnixTimeMilliseconds() - (long)IdleMax.TotalMilliseconds;
        var rows = await db.Read(tx => tx.List<(string Hash, long Created, long Seen, string Agent, string Address)>(
            """
            select s.hash, s.created_at, s.seen_at, s.agent, s.address from sessions s join users u on u.id = s.user_id and u.security_stamp = s.security_stamp
            where s.user_id = @user and s.seen_at > @idle order by s.seen_at desc, s.hash
            """, new { user, idle }), stop);
        var own = Hash(current);
        return rows.ConvertAll(row => new OpenSession(
            row.Hash, DateTimeOffset.FromUnixTimeMilliseconds(row.Created), DateTimeOffset.FromUnixTimeMilliseconds(row.Seen), row.Agent, row.Address, row.Hash == own));
    }

    /// <summary>Ends one of the person's own sessions, named by <see cref="OpenSession.Id"/>.</summary>
    public Task EndOne(string user, string id) => db.Write(tx => tx.Run("delete from sessions where hash = @id and user_id = @user", new { id, user }));

    /// <summary>This one outlives a change of the person's stamp.</summary>
    internal static Task Keep(Tx tx, string session, string user, string stamp) =>
        tx.Run("update sessions set security_stamp = @stamp where hash = @hash and user_id = @user", new { stamp, hash = Hash(session), user });

    static string Shortened(string text, int max) => new([.. text.Where(sign => !char.IsControl(sign)).Take(max)]);

    static string Hash(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

#pragma warning disable IDE1006 // columns keep their names
    sealed record Row(string id, long seen_at);
#pragma warning restore IDE1006
}
