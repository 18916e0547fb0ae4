namespace CallCenter.Telephony;

/// <summary>Who takes calls of a phone system's queues, and in which of them he pauses, as far as it was told. Whatever changes of somebody becomes a <see cref="MemberWord"/>.</summary>
sealed class QueueMembers
{
    const int Max = 20_000;

    readonly Dictionary<string, Member> members = [];
    readonly HashSet<(string Member, string Queue)> listed = [];
    readonly List<MemberWord> words = [];
    int count;

    /// <param name="isListed">Part of a list of all, which <see cref="EndList"/> closes.</param>
    public void Say(string member, string extension, string queue, bool isPaused, string? reason, DateTimeOffset at, bool isListed = false)
    {
        if (isListed) listed.Add((member, queue));
        if (!members.TryGetValue(member, out var known))
        {
            if (count >= Max) return;
            members[member] = known = new Member(extension);
        }

        if (!known.Queues.ContainsKey(queue) && ++count > Max) return;
        known.Queues[queue] = (isPaused, reason);
        if (!isListed) Judge(member, known, at);
    }

    public void Leave(string member, string queue, DateTimeOffset at)
    {
        if (!members.TryGetValue(member, out var known) || !known.Queues.Remove(queue)) return;
        count--;
        Judge(member, known, at);
    }

    /// <summary>A new link: whoever listens hears all of them anew once they are listed.</summary>
    public void BeginAgain()
    {
        listed.Clear();
        foreach (var member in members.Values) member.Told = null;
    }

    /// <summary>All were listed: who was not is in no queue any more.</summary>
    public void EndList(DateTimeOffset at)
    {
        foreach (var (member, known) in members.ToList())
        {
            foreach (var queue in known.Queues.Keys.Where(queue => !listed.Contains((member, queue))).ToList())
            {
                known.Queues.Remove(queue);
                count--;
            }

            Judge(member, known, at);
        }

        listed.Clear();
    }

    public IReadOnlyList<MemberWord> Take()
    {
        if (words.Count == 0) return [];
        List<MemberWord> taken = [.. words];
        words.Clear();
        return taken;
    }

    /// <summary>Who pauses in one queue of several still takes calls.</summary>
    void Judge(string member, Member known, DateTimeOffset at)
    {
        bool? isPaused = known.Queues.Count == 0 ? null : known.Queues.Values.All(one => one.IsPaused);
        var reason = isPaused == true ? known.Queues.Values.First().Reason : null;
        if (isPaused is null) members.Remove(member);
        if (known.Told is { } told && told == (isPaused, reason)) return;
        known.Told = (isPaused, reason);
        words.Add(new MemberWord(member, known.Extension, isPaused, reason, at));
    }

    sealed class Member(string extension)
    {
        public string Extension => extension;

        public Dictionary<string, (bool IsPaused, string? Reason)> Queues { get; } = [];

        /// <summary>Null when all of it has to be told.</summary>
        public (bool? IsPaused, string? Reason)? Told { get; set; }
    }
}
