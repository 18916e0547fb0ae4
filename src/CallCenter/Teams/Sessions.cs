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
        });
        return id;
    }

    /// <summary>Whose session it is, or null when it ended.</summary>
    public async Task<User?> Find(string id, CancellationToken stop = default)
    {
        var hash = Hash(id);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var found = await db.Read(tx => tx.Maybe<Row>(
            """
            select u.id, u.email, u.name, u.role, u.language, u.time_zone, s.seen_at from sessions s join users u on u.id = s.user_id
            where s.hash = @hash and s.seen_at > @idle and s.security_stamp = u.security_stamp
            """, new { hash, idle = now - (long)IdleMax.TotalMilliseconds }), stop);
        if (found is null) return null;
        if (found.seen_at < now - (long)SeenEvery.TotalMilliseconds)
            await db.Write(tx => tx.Run("update sessions set seen_at = @now where hash = @hash", new { hash, now }), stop);
        return new User { Id = found.id, Email = found.email, Name = found.name, Role = Enum.Parse<Role>(found.role), Language = found.language, TimeZone = found.time_zone };
    }

    public Task End(string id) => db.Write(tx => tx.Run("delete from sessions where hash = @hash", new { hash = Hash(id) }));

    static string Hash(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

#pragma warning disable IDE1006 // columns keep their names
    sealed record Row(string id, string email, string name, string role, string language, string time_zone, long seen_at);
#pragma warning restore IDE1006
}
