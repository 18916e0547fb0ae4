namespace CallCenter.Telephony;

/// <summary>Somebody's place in a queue of a phone system.</summary>
/// <param name="Queue">As the phone system calls it; empty for who may take calls of queues, whether or not he is in one.</param>
/// <param name="Member">What it calls him there; empty for the queue itself, whether or not anybody is in it.</param>
/// <param name="Extension">His telephone, as in the calls.</param>
/// <param name="IsFixed">It stands in its configuration, so that nobody is taken out by order.</param>
sealed record QueueSeat(string Queue, string Member, string Extension = "", bool IsFixed = false);

/// <summary>Who is in the queues of a phone system.</summary>
/// <param name="IsWhole">All was listed since the link came up; else somebody may be missing.</param>
sealed record QueueRoll(bool IsWhole, IReadOnlyList<QueueSeat> Seats);

/// <summary>Keeps the <see cref="QueueRoll"/> while a phone system tells of it, and has it ready whenever it is another.</summary>
sealed class QueueSeats
{
    const int Max = 20_000;

    readonly Dictionary<(string Queue, string Member), QueueSeat> seats = [];
    readonly HashSet<(string Queue, string Member)> listed = [];
    bool isWhole, isNews;

    /// <param name="isListed">Part of a list of all, which <see cref="EndList"/> closes.</param>
    public void Put(QueueSeat seat, bool isListed)
    {
        if (isListed) listed.Add((seat.Queue, seat.Member));
        if (seats.TryGetValue((seat.Queue, seat.Member), out var known) ? known == seat : seats.Count >= Max) return;
        seats[(seat.Queue, seat.Member)] = seat;
        isNews = true;
    }

    public void Leave(string queue, string member) => isNews |= seats.Remove((queue, member));

    /// <summary>A new link: what was heard before may be out of date.</summary>
    public void BeginAgain()
    {
        listed.Clear();
        (isWhole, isNews) = (false, true);
    }

    /// <summary>All were listed: who was not is in no queue any more.</summary>
    public void EndList()
    {
        foreach (var key in seats.Keys.Where(key => !listed.Contains(key)).ToList()) Leave(key.Queue, key.Member);
        listed.Clear();
        isNews |= !isWhole;
        isWhole = true;
    }

    /// <summary>Null when it is as it was.</summary>
    public QueueRoll? Take()
    {
        if (!isNews) return null;
        isNews = false;
        return new QueueRoll(isWhole, [.. seats.Values]);
    }
}
