using CallCenter.Figures;

namespace CallCenter.Reports;

sealed class ByDay : ByTime
{
    public override string Name => "by-day";

    public override string Word => "dia";

    public override string RowTitle => "Día";

    public override async Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop)
    {
        var period = question.Filter.Period;
        var rows = await Read(from, question, Grain.Day, Slots.Date, DateOnly.FromDateTime, Enumerable.Range(0, period.Days).Select(period.First.AddDays), stop);
        if (question.Filter.Rows.Count != 1) return rows;
        return [.. rows.Select(row => row.Key is DateOnly day ? row with { Rows = (question.Filter with { Period = period with { First = day, Last = day, Cut = null } }).Rows[0] } : row)];
    }
}
