using CallCenter.Telephony;

namespace CallCenter.Teams.Routing;

/// <summary>What becomes of somebody in a queue that is kept in step with its team.</summary>
enum QueueStep
{
    /// <summary>He is of the team and not in the queue.</summary>
    Join,

    /// <summary>He is in the queue and not of the team.</summary>
    Leave,

    /// <summary>He would leave, but stands in the phone system's configuration.</summary>
    Fixed,

    /// <summary>A member of the queue who is nobody of ours stays as he is.</summary>
    Stranger,

    /// <summary>He is of the team and has no extension on this phone system.</summary>
    NoExtension,

    /// <summary>He is of the team, and the phone system knows nobody of his extension who could take calls of queues.</summary>
    Unknown,
}

/// <param name="Member">What the phone system calls him; his extension or nothing where it does not.</param>
/// <param name="User">Null for strangers.</param>
sealed record QueueChange(QueueStep Step, string Member, string Extension, string? User);

/// <summary>What would bring a queue in step with its team, from who belongs to the team and who is in the queue.</summary>
/// <param name="Queue">In the phone system's words.</param>
sealed record QueuePlan(string Queue, IReadOnlyList<QueueChange> Changes)
{
    /// <summary>What is done; the rest is only said.</summary>
    public IEnumerable<QueueChange> Orders => Changes.Where(change => change.Step is QueueStep.Join or QueueStep.Leave);

    public static QueuePlan Of(Roster roster, TeamLine line, QueueRoll roll, ICanQueue provider, Settings settings, DateTimeOffset now)
    {
        var queue = roll.Seats.FirstOrDefault(seat => seat.Queue.Length > 0 && provider.IsQueue(seat.Queue, line.Name))?.Queue ?? line.Name;
        var seats = roll.Seats.Where(seat => seat.Queue == queue && seat.Member.Length > 0).ToList();
        var team = roster.Memberships.Where(member => member.Team == line.Team && member.When.Contains(now)).Select(member => member.User)
            .Where(user => roster.People.TryGetValue(user, out var person) && person.MaySignIn).ToHashSet();
        var changes = new List<QueueChange>();
        foreach (var user in team.Order(StringComparer.Ordinal))
        {
            var names = roster.Extensions.Where(extension => extension.User == user && extension.Connection == line.Connection && extension.When.Contains(now)).Select(extension => extension.Name).Distinct().ToList();
            if (seats.Exists(seat => names.Contains(seat.Extension))) continue;
            // A number before a name: it is what is rung.
            var known = names.OrderByDescending(name => name.All(char.IsAsciiDigit)).ThenBy(name => name, StringComparer.Ordinal).Select(name => (Name: name, Member: Known(name))).FirstOrDefault(one => one.Member is not null);
            changes.Add(known.Member is { } member ? new(QueueStep.Join, member, known.Name, user)
                : names.Count == 0 ? new(QueueStep.NoExtension, "", "", user) : new(QueueStep.Unknown, names[0], names[0], user));
        }

        foreach (var seat in seats.OrderBy(seat => seat.Member, StringComparer.Ordinal))
            if (roster.UserOf(line.Connection, seat.Extension, now) is not { } holder) changes.Add(new(QueueStep.Stranger, seat.Member, seat.Extension, null));
            else if (!team.Contains(holder)) changes.Add(new(seat.IsFixed ? QueueStep.Fixed : QueueStep.Leave, seat.Member, seat.Extension, holder));

        return new QueuePlan(queue, changes);

        string? Known(string extension)
        {
            try
            {
                return provider.MemberOf(extension, queue, roll, settings);
            }
            catch (Refusal)
            {
                return null;
            }
        }
    }
}
