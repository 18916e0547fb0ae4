using CallCenter.Figures;

namespace CallCenter.Reports;

sealed class ByWeekday : ByTime
{
    public override string Name => "by-weekday";

    public override string Word => "dia-de-la-semana";

    public override string RowTitle => "Día de la semana";

    public override Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop) => Read(
        from, question, Grain.HalfHourOfWeek, half => Weekday((int)half / Slots.PerDay), at => at.DayOfWeek, Enumerable.Range(0, 7).Select(Weekday), stop);

    static DayOfWeek Weekday(int fromMonday) => (DayOfWeek)((fromMonday + 1) % 7);
}
