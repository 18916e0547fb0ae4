using System.Collections.Concurrent;
using CallCenter.Storage;

namespace CallCenter.Presence;

/// <summary>Keeps who is there, and when who was. The same on all nodes, because screens of one person may be open on several.</summary>
sealed class PresenceBook(Db db, TimeProvider clock)
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "presence";

    readonly ConcurrentDictionary<string, DateTimeOffset> said = [];

    /// <summary>Heard after a change, with whose it was; null when that was on another node. Whoever hears must not take long.</summary>
    public event Action<string?>? Changed;

    /// <summary>One of somebody's screens is open. Written down now and then, however many there are.</summary>
    public async Task See(string user, CancellationToken stop = default)
    {
        var now = clock.GetUtcNow();
        if (said.TryGetValue(user, out var last) && now - last < PersonPresence.SayEvery * 0.8) return;
        said[user] = now;
        await Change(user, before => before.Seen(now), stop);
    }

    public Task<PersonPresence> Pause(string user, PauseReason reason, CancellationToken stop = default) => Change(user, before => before.Pause(reason, clock.GetUtcNow()), stop);

    public Task<PersonPresence> Resume(string user, CancellationToken stop = default) => Change(user, before => before.Resume(clock.GetUtcNow()), stop);

    /// <summary>He is as he stands because a screen of his was opened, and not because somebody said so: he was away right before.</summary>
    public Task<bool> HasJustCome(PersonPresence stands, CancellationToken stop = default) => db.Read(async tx =>
        await tx.Maybe<long?>("select max(until) from presence_log where user_id = @User and since < @since", new { stands.User, since = stands.Since.ToUnixTimeMilliseconds() }) != stands.Since.ToUnixTimeMilliseconds(), stop);

    public async Task<PersonPresence> Find(string user, CancellationToken stop = default) => (await db.Read(tx => Find(tx, user), stop)).At(clock.GetUtcNow());

    /// <summary>Everybody who is there now.</summary>
    public Task<IReadOnlyList<PersonPresence>> There(CancellationToken stop = default) => db.Read<IReadOnlyList<PersonPresence>>(async tx =>
        [.. (await tx.List<Row>("select user_id, state, reason, since, seen_at from presence where state <> 'Offline'")).Select(row => row.ToPresence().At(clock.GetUtcNow())).Where(one => one.State != PresenceState.Offline)], stop);

    /// <summary>Whose screens fell silent is gone since then. Any node may say so.</summary>
    internal async Task LetGo(CancellationToken stop)
    {
        // Mostly nobody: then nobody else has to wait for a turn to write either.
        if ((await db.Read(Silent, stop)).Count == 0) return;
        await db.Write(async tx =>
        {
            foreach (var row in await Silent(tx)) await Save(tx, row.ToPresence(), row.ToPresence().At(clock.GetUtcNow()));
            return true;
        }, stop);
    }

    Task<List<Row>> Silent(Tx tx) => tx.List<Row>(
        "select user_id, state, reason, since, seen_at from presence where state <> 'Offline' and seen_at < @old", new { old = (clock.GetUtcNow() - PersonPresence.GoneAfter).ToUnixTimeMilliseconds() });

    /// <summary>Another node told.</summary>
    internal Task Hear(CancellationToken stop)
    {
        Changed?.Invoke(null);
        return Task.CompletedTask;
    }

    Task<PersonPresence> Change(string user, Func<PersonPresence, PersonPresence> decide, CancellationToken stop) => db.Write(async tx =>
    {
        // Two screens of one person say so at once: one after the other.
        await tx.Run("insert into presence (user_id, state, since, seen_at) values (@user, 'Offline', 0, 0) on conflict (user_id) do update set user_id = excluded.user_id", new { user });
        var before = await Find(tx, user);
        var after = decide(before);
        await Save(tx, before, after);
        return after;
    }, stop);

    static async Task<PersonPresence> Find(Tx tx, string user) =>
        (await tx.Maybe<Row>("select user_id, state, reason, since, seen_at from presence where user_id = @user", new { user }))?.ToPresence() ?? PersonPresence.Unknown(user);

    async Task Save(Tx tx, PersonPresence before, PersonPresence after)
    {
        if (before == after) return;
        var (user, state, reason, since) = (after.User, $"{after.State}", after.Reason?.ToString(), after.Since.ToUnixTimeMilliseconds());
        await tx.Run("update presence set state = @state, reason = @reason, since = @since, seen_at = @seen where user_id = @user", new { user, state, reason, since, seen = after.SeenAt.ToUnixTimeMilliseconds() });
        if (before with { SeenAt = after.SeenAt } == after) return;

        // Whom nothing was heard of for long left when he was last seen, and is back now.
        var left = before.At(after.Since).State == PresenceState.Offline ? before.SeenAt : after.Since;
        await tx.Run("update presence_log set until = @left where user_id = @user and until is null", new { user, left = left.ToUnixTimeMilliseconds() });
        if (after.State != PresenceState.Offline)
            await tx.Run("insert into presence_log (user_id, since, state, reason) values (@user, @since, @state, @reason) on conflict (user_id, since) do update set state = excluded.state, reason = excluded.reason, until = null", new { user, since, state, reason });
        tx.Announce(() => Changed?.Invoke(user));
        await tx.Notify(Told);
    }

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string user_id { get; init; } = "";
        public string state { get; init; } = "";
        public string? reason { get; init; }
        public long since { get; init; }
        public long seen_at { get; init; }

        public PersonPresence ToPresence() => new(
            user_id, Enum.Parse<PresenceState>(state), reason is null ? null : Enum.Parse<PauseReason>(reason), DateTimeOffset.FromUnixTimeMilliseconds(since), DateTimeOffset.FromUnixTimeMilliseconds(seen_at));
    }
}
