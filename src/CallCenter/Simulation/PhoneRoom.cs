namespace CallCenter.Simulation;

/// <summary>Who of the company's people can take a call when: nobody is in two calls at once.</summary>
/// <param name="alwaysOpen">Everybody is at work whatever the hour, so that a trial at midnight sees more than a closed shop.</param>
sealed class PhoneRoom(PartsSeller company, bool alwaysOpen)
{
    /// <summary>At the counter, in the store, on the phone to a supplier: the share of time a person cannot be rung at all.</summary>
    const double Away = 0.45;

    readonly Dictionary<string, DateTimeOffset> busyUntil = [];

    public bool IsOpen(DateTimeOffset at) => alwaysOpen || PartsSeller.IsOpen(at);

    /// <summary>Somebody of this queue is at work at all.</summary>
    public bool IsStaffed(string queue, DateTimeOffset at) => AtWork(at).Any(person => person.Queues.Contains(queue));

    public List<Operator> Free(string queue, DateTimeOffset at, Random chance) =>
        [.. AtWork(at).Where(person => person.Queues.Contains(queue) && IsFree(person, at) && chance.NextDouble() > Away)];

    /// <summary>Anybody free but those named, or null.</summary>
    public Operator? Anybody(DateTimeOffset at, Random chance, params ReadOnlySpan<string> but)
    {
        var free = new List<Operator>();
        foreach (var person in AtWork(at))
            if (IsFree(person, at) && !but.Contains(person.Extension)) free.Add(person);
        return free.Count == 0 ? null : free[chance.Next(free.Count)];
    }

    public bool IsFree(Operator person, DateTimeOffset at) => busyUntil.GetValueOrDefault(person.Extension) <= at;

    public void Occupy(Operator person, DateTimeOffset until)
    {
        if (until > busyUntil.GetValueOrDefault(person.Extension)) busyUntil[person.Extension] = until;
    }

    IEnumerable<Operator> AtWork(DateTimeOffset at) => company.Operators.Where(person => alwaysOpen || PartsSeller.IsAtWork(person, at));
}
