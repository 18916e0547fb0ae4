namespace CallCenter.Recovery;

/// <summary>
/// What not calling back is expected to cost (product.md B 2), and how much it presses: plain arithmetic on the figures that are
/// shown beside it. The list is sorted by the same arithmetic in the database.
/// </summary>
/// <param name="OrderPercent">Of a hundred such callers so many order.</param>
/// <param name="OrderCents">What they order for.</param>
/// <param name="QuotesCents">Open quotes of the customer.</param>
/// <param name="Age">Since the customer called last.</param>
/// <param name="HalfLife">After so long it is worth half.</param>
public sealed record CaseValue(int OrderPercent, long OrderCents, long QuotesCents, TimeSpan Age, TimeSpan HalfLife, long Misses, long Attempts, bool IsOverdue, bool HasWaitedLong)
{
    /// <summary>A caller who waited so long before he gave up wanted something.</summary>
    public static readonly TimeSpan LongWait = TimeSpan.FromMinutes(1);

    const int MissesCounted = 5;

    /// <summary>Expected loss in cents, before age.</summary>
    public double Fresh => OrderCents * OrderPercent / 100.0 + QuotesCents;

    /// <summary>Expected loss in cents now.</summary>
    public long Cents => (long)Math.Round(Fresh * Decay);

    public double Decay => HalfLife / (HalfLife + (Age > TimeSpan.Zero ? Age : TimeSpan.Zero));

    /// <summary>How much more it presses than a first call that is not due yet: insistence, a long wait and lateness raise it, each of our tries lowers it.</summary>
    public double Urgency => (1 + 0.5 * (Math.Min(Misses, MissesCounted) - 1)) * (HasWaitedLong ? 1.5 : 1) * (IsOverdue ? 2 : 1) / (1 + Attempts);

    public double Priority => Fresh * Decay * Urgency;

    /// <summary>One to three marks on the list.</summary>
    public int Marks => (Decay * Urgency) switch { >= 2 => 3, >= 0.75 => 2, _ => 1 };

    /// <summary>Of a case <c>k</c> and its newest missed call <c>c</c>, with <c>@now</c>, <c>@fresh</c> (cents) and <c>@half</c> (milliseconds).</summary>
    internal static string CentsInSql(IOpenQuotes quotes) =>
        $"((@fresh + {quotes.CentsInSql}) * 1.0 * @half / (@half + case when @now > k.last_missed_at then @now - k.last_missed_at else 0 end))";

    internal static string PriorityInSql(IOpenQuotes quotes) => CentsInSql(quotes) +
        """
         * (1 + 0.5 * ((case when k.misses < 5 then k.misses else 5 end) - 1))
        * (case when c.ended_at - coalesce(c.queued_at, c.started_at) >= 60000 then 1.5 else 1.0 end)
        * (case when k.due_at < @now then 2.0 else 1.0 end) / (1 + k.attempts)
        """;
}
