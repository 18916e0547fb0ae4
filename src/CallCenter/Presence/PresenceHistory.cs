using CallCenter.Storage;

namespace CallCenter.Presence;

/// <summary>Somebody took calls from when until when.</summary>
public sealed record PresenceSpell(string User, DateTimeOffset From, DateTimeOffset Until);

/// <summary>Reads who was available when.</summary>
sealed class PresenceHistory(Db db, TimeProvider clock)
{
    /// <summary>Nobody is available for longer at a stretch, as his screens are closed at night.</summary>
    static readonly TimeSpan SpellMax = TimeSpan.FromDays(2);

    /// <summary>Of these people, as far as a spell lies in the time; one that lasts ends now.</summary>
    public Task<IReadOnlyList<PresenceSpell>> Available(IReadOnlyCollection<string> people, DateTimeOffset from, DateTimeOffset until, CancellationToken stop = default) => db.Read<IReadOnlyList<PresenceSpell>>(async tx =>
    {
        var (spells, users, now) = (new List<PresenceSpell>(), people.ToList(), clock.GetUtcNow());
        await tx.QueryMany(
            "select since, until from presence_log where user_id = @user and since >= @first and since < @until and (until is null or until > @from) and state = 'Available'", ["user", "first", "until", "from"],
            [.. users.Select(user => new object?[] { user, (from - SpellMax).ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds(), from.ToUnixTimeMilliseconds() })],
            (i, row) =>
            {
                var (began, ended) = (DateTimeOffset.FromUnixTimeMilliseconds(row.Long(0)), row.IsNull(1) ? now : DateTimeOffset.FromUnixTimeMilliseconds(row.Long(1)));
                var spell = new PresenceSpell(users[i], began > from ? began : from, ended < until ? ended : until);
                if (spell.From < spell.Until) spells.Add(spell);
            });
        return spells;
    }, stop);
}
