using Microsoft.AspNetCore.Identity;

namespace CallCenter.Teams;

sealed partial class UserStore : IUserPasskeyStore<User>
{
    public async Task AddOrUpdatePasskeyAsync(User user, UserPasskeyInfo passkey, CancellationToken stop) => await db.Write(tx => tx.Run(
        """
        insert into passkeys (id, user_id, name, public_key, sign_count, transports, is_verified, is_backup_eligible, is_backed_up, created_at)
        values (@id, @user, @name, @key, @count, @transports, @verified, @eligible, @backed, @created)
        on conflict (id) do update set sign_count = excluded.sign_count, is_verified = excluded.is_verified, is_backed_up = excluded.is_backed_up
        """, new
        {
            id = Convert.ToHexString(passkey.CredentialId),
            user = user.Id,
            name = passkey.Name ?? "",
            key = Convert.ToHexString(passkey.PublicKey),
            count = (long)passkey.SignCount,
            transports = string.Join(' ', passkey.Transports ?? []),
            verified = passkey.IsUserVerified ? 1L : 0L,
            eligible = passkey.IsBackupEligible ? 1L : 0L,
            backed = passkey.IsBackedUp ? 1L : 0L,
            created = passkey.CreatedAt.ToUnixTimeMilliseconds(),
        }), stop);

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(User user, CancellationToken stop) =>
        (await db.Read(tx => tx.List<PasskeyRow>($"select {PasskeyRow.Columns} from passkeys where user_id = @Id order by created_at, id", new { user.Id }), stop)).ConvertAll(row => row.ToInfo());

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(User user, byte[] credentialId, CancellationToken stop) =>
        (await db.Read(tx => tx.Maybe<PasskeyRow>($"select {PasskeyRow.Columns} from passkeys where id = @id and user_id = @user", new { id = Convert.ToHexString(credentialId), user = user.Id }), stop))?.ToInfo();

    public async Task<User?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken stop) =>
        await db.Read(tx => tx.Maybe<string>("select user_id from passkeys where id = @id", new { id = Convert.ToHexString(credentialId) }), stop) is { } user ? await FindByIdAsync(user, stop) : null;

    public Task RemovePasskeyAsync(User user, byte[] credentialId, CancellationToken stop) =>
        db.Write(tx => tx.Run("delete from passkeys where id = @id and user_id = @user", new { id = Convert.ToHexString(credentialId), user = user.Id }), stop);

#pragma warning disable IDE1006 // columns keep their names
    sealed class PasskeyRow
    {
        public string id { get; init; } = "";
        public string name { get; init; } = "";
        public string public_key { get; init; } = "";
        public long sign_count { get; init; }
        public string transports { get; init; } = "";
        public long is_verified { get; init; }
        public long is_backup_eligible { get; init; }
        public long is_backed_up { get; init; }
        public long created_at { get; init; }

        public const string Columns = "id, name, public_key, sign_count, transports, is_verified, is_backup_eligible, is_backed_up, created_at";

        // What the device said when it was added is checked then and not kept: it serves nobody afterwards.
        public UserPasskeyInfo ToInfo() => new(Convert.FromHexString(id), Convert.FromHexString(public_key), DateTimeOffset.FromUnixTimeMilliseconds(created_at), (uint)sign_count,
            transports.Split(' ', StringSplitOptions.RemoveEmptyEntries), is_verified != 0, is_backup_eligible != 0, is_backed_up != 0, [], [])
        { Name = name };
    }
#pragma warning restore IDE1006
}
