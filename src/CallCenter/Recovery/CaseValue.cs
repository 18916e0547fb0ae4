namespace CallCenter.Recovery;

/// <summary>
/// What not calling back is expected to cost (product.md B 2), and how much it presses: plain arithmetic on the figures that are
/// shown beside it. The list is sorted by the same arithmetic in the database.
/// </summary>
/// <param name="OrderPercent">Of a hundred such callers so many order: of his segment, or of all.</param>
/// <param name="OrderCents">What they order for: he himself on average, or somebody who calls for the first time.</param>
/// <param name="QuotesCents">Open quotes of the customer.</param>
/// <param name="Age">Since the customer called last.</param>
/// <param name="HalfLife">After so long it is worth half.</param>
/// <param name="IsHis">One of the first two figures is the customer's own or his segment's.</param>
public sealed record CaseValue(int OrderPercent, long OrderCents, long QuotesCents, TimeSpan Age, TimeSpan HalfLife, long Misses, long Attempts, bool IsOverdue, bool HasWaitedLong, bool IsHis = false)
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

    /// <summary>Of a case <c>k</c> and its newest missed call <c>c</c>, with the values of <see cref="CaseList.Values"/>.</summary>
    internal static string CentsInSql(ICustomerWorth worth, RecoverySettings settings) =>
        $"((coalesce({worth.MeanOrderInSql}, @order) * {PercentInSql(worth, settings)} / 100.0 + {worth.QuotesInSql}) * 1.0 * @half / (@half + case when @now > k.last_missed_at then @now - k.last_missed_at else 0 end))";

    static string PercentInSql(ICustomerWorth worth, RecoverySettings settings) => settings.BySegment.Count == 0 ? "@percent"
        : $"case {worth.SegmentInSql} {string.Join(' ', settings.BySegment.Select((_, i) => $"when @segment{i} then @percent{i}"))} else @percent end";

    internal static string PriorityInSql(ICustomerWorth worth, RecoverySettings settings) => CentsInSql(worth, settings) +
        """
         * (1 + 0.5 * ((case when k.misses < 5 then k.misses else 5 end) - 1))
        * (case when c.ended_at - coalesce(c.queued_at, c.started_at) >= 60000 then 1.5 else 1.0 end)
        * (case when k.due_at < @now then 2.0 else 1.0 end) / (1 + k.attempts)
        """;
}
