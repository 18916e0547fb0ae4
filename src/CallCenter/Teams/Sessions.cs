using System.Security.Cryptography;
using System.Text;
using CallCenter.Storage;

namespace CallCenter.Teams;

/// <summary>
/// Keeps who is signed in. A cookie alone is not authority: it names a row here, which ends with signing out, with a
/// change of the person's security stamp, or after <see cref="IdleMax"/>; on all nodes at once.
/// </summary>
sealed class Sessions(Db db, TimeProvider clock)
{
    public static readonly TimeSpan IdleMax = TimeSpan.FromDays(7);
    static readonly TimeSpan SeenEvery = TimeSpan.FromHours(1);

    /// <summary>Returns the session's secret id, which only the cookie keeps.</summary>
    public async Task<string> Begin(User user)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await db.Write(async tx =>
        {
            await tx.Run("delete from sessions where user_id = @Id and (seen_at < @idle or security_stamp <> @SecurityStamp)",
                new { user.Id, user.SecurityStamp, idle = now - (long)IdleMax.TotalMilliseconds });
            await tx.Run("insert into sessions (hash, user_id, security_stamp, created_at, seen_at) values (@hash, @Id, @SecurityStamp, @now, @now)",
                new { hash = Hash(id), user.Id, user.SecurityStamp, now });
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

    static string Hash(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

#pragma warning disable IDE1006 // columns keep their names
    sealed record Row(string id, long seen_at);
#pragma warning restore IDE1006
}
