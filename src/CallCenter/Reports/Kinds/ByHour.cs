using CallCenter.Figures;

namespace CallCenter.Reports;

/// <summary>By half hours of the day, those in which something was.</summary>
sealed class ByHour : ByTime
{
    public override string Name => "by-hour";

    public override string Word => "hora";

    public override string RowTitle => "Media hora";

    public override async Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop) =>
    [
        .. (await Read(
            from, question, Grain.HalfHourOfWeek, half => TimeOf((int)(half % Slots.PerDay)), at => new TimeOnly(at.Hour, at.Minute / 30 * 30), Enumerable.Range(0, Slots.PerDay).Select(TimeOf), stop))
            .Where(row => !row.IsEmpty),
    ];

    static TimeOnly TimeOf(int half) => new(half / 2, half % 2 * 30);
}
