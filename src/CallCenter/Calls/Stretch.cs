namespace CallCenter.Calls;

public enum StretchKind
{
    /// <summary>Nothing rings yet and nobody waits: a voice menu, or an outbound call on its way.</summary>
    Before,
    Queue,
    Ring,
    Talk,
    Hold,
}

/// <summary>What the customer's side of a call was in for a while.</summary>
public readonly record struct Stretch(StretchKind Kind, DateTimeOffset From, DateTimeOffset To)
{
    public double Seconds => (To - From).TotalSeconds;

    /// <summary>A call from its start to its end, or to now, without holes. A telephone that rings while the caller waits in a queue counts as ringing.</summary>
    public static IReadOnlyList<Stretch> Of(Call call, DateTimeOffset now)
    {
        var (start, end) = (call.StartedAt, call.EndedAt ?? now);
        if (end <= start) return [];
        var cuts = new SortedSet<DateTimeOffset>(Instants(call).OfType<DateTimeOffset>().Where(at => at > start && at < end)) { start, end };

        var stretches = new List<Stretch>();
        foreach (var (from, to) in cuts.Zip(cuts.Skip(1)))
        {
            var kind = KindAt(call, from);
            if (stretches.Count > 0 && stretches[^1].Kind == kind) stretches[^1] = stretches[^1] with { To = to };
            else stretches.Add(new Stretch(kind, from, to));
        }

        return stretches;
    }

    static StretchKind KindAt(Call call, DateTimeOffset at)
    {
        bool Lasts(DateTimeOffset? from, DateTimeOffset? to) => from <= at && !(to <= at);
        if (call.AnsweredAt <= at) return call.Holds.Any(hold => Lasts(hold.From, hold.To)) ? StretchKind.Hold : StretchKind.Talk;
        if (call.Attempts.Any(attempt => Lasts(attempt.RangAt, attempt.AnsweredAt ?? attempt.EndedAt))) return StretchKind.Ring;
        return call.Queues.Any(visit => Lasts(visit.JoinedAt, visit.LeftAt)) ? StretchKind.Queue : StretchKind.Before;
    }

    static IEnumerable<DateTimeOffset?> Instants(Call call) =>
    [
        call.AnsweredAt,
        .. call.Queues.SelectMany(visit => (DateTimeOffset?[])[visit.JoinedAt, visit.LeftAt]),
        .. call.Attempts.SelectMany(attempt => (DateTimeOffset?[])[attempt.RangAt, attempt.AnsweredAt, attempt.EndedAt]),
        .. call.Holds.SelectMany(hold => (DateTimeOffset?[])[hold.From, hold.To]),
    ];
}
