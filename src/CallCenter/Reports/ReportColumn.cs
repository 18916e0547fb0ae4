using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

/// <summary>How a cell is to be read.</summary>
enum CellKind
{
    Count,

    /// <summary>0.25 is a quarter.</summary>
    Share,
    Seconds,

    /// <summary>Without tax.</summary>
    Money,
}

/// <summary>Which columns are looked at together.</summary>
enum ColumnGroup
{
    Calls,
    Recovery,
    Service,
    Sales,
}

/// <summary>A figure of each row.</summary>
/// <param name="Name">For programs; with a capital letter for each word, the key of its title, and with <c>.means</c> of what it means.</param>
/// <param name="IsMain">Among the few that are shown first.</param>
/// <param name="IsOfCustomers">Also kept where calls are added up by customer.</param>
sealed record ReportColumn(string Name, ColumnGroup Group, CellKind Kind, Func<ReportRow, object?> Of, bool IsMain = false, bool IsOfCustomers = false)
{
    public static readonly IReadOnlyList<ReportColumn> All =
    [
        Calls("Offered", CellKind.Count, one => one.Counts.Offered, true, true),
        Calls("Answered", CellKind.Count, one => one.Counts.Answered, true, true),
        Calls("AnswerRate", CellKind.Share, one => one.Counts.AnswerRate, true, true),
        Calls("Missed", CellKind.Count, one => one.Counts.Missed, true, true),
        Calls("Outbound", CellKind.Count, one => one.Counts.Outbound, false, true),
        Calls("OutboundAnswered", CellKind.Count, one => one.Counts.OutboundAnswered, false, true),
        Calls("Internal", CellKind.Count, one => one.Counts.Internal, false, true),
        Calls("UnknownWay", CellKind.Count, one => one.Counts.Unknown, false, true),
        Calls("MeanTalk", CellKind.Seconds, one => one.MeanTalk),
        Calls("MeanHandling", CellKind.Seconds, one => one.MeanHandling),
        Calls("InVain", CellKind.Count, one => one.InVain),

        Recovery("Open", CellKind.Count, one => one.Counts.Open, true, true),
        Recovery("Recovered", CellKind.Count, one => one.Counts.Recovered, false, true),
        Recovery("SelfRecovered", CellKind.Count, one => one.Counts.SelfRecovered, false, true),
        Recovery("NoNumber", CellKind.Count, one => one.Counts.NoNumber, false, true),
        Recovery("RecoveryRate", CellKind.Share, one => one.Counts.RecoveryRate, true, true),
        Recovery("GapRate", CellKind.Share, one => one.Counts.GapRate, false, true),
        Recovery("ReachedRate", CellKind.Share, one => one.ReachedRate),
        Recovery("ClosedCaseRate", CellKind.Share, one => one.ClosedCaseRate),
        Recovery("MeanRecovered", CellKind.Seconds, one => one.RecoveredAfter.Mean),
        Recovery("MedianRecovered", CellKind.Seconds, one => one.RecoveredAfter.Median, true),
        Recovery("NinetyRecovered", CellKind.Seconds, one => one.RecoveredAfter.P90),
        Recovery("WithinFive", CellKind.Share, one => one.RecoveredWithin(5)),
        Recovery("WithinFifteen", CellKind.Share, one => one.RecoveredWithin(15)),
        Recovery("WithinThirty", CellKind.Share, one => one.RecoveredWithin(30)),
        Recovery("WithinSixty", CellKind.Share, one => one.RecoveredWithin(60)),
        Recovery("Recoveries", CellKind.Count, one => one.Recoveries),
        Recovery("MeanRecovery", CellKind.Seconds, one => one.MeanRecovery),

        Service("ServiceLevel", CellKind.Share, one => one.Level.By(ServiceLevelFormula.WithoutShort), true),
        Service("ServiceLevelStrict", CellKind.Share, one => one.Level.By(ServiceLevelFormula.Strict)),
        Service("ServiceLevelWithoutGivenUp", CellKind.Share, one => one.Level.By(ServiceLevelFormula.WithoutGivenUp)),
        Service("ServiceLevelAnsweredOnly", CellKind.Share, one => one.Level.By(ServiceLevelFormula.AnsweredOnly)),
        Service("Abandonment", CellKind.Share, one => one.Level.Abandonment),
        Service("AbandonmentWithoutShort", CellKind.Share, one => one.Level.AbandonmentWithoutShort),
        Service("MeanWait", CellKind.Seconds, one => one.MeanWait, true, true),
        Service("MedianWait", CellKind.Seconds, one => one.Waits.Median),
        Service("NinetyWait", CellKind.Seconds, one => one.Waits.P90),
        Service("NinetyGivenUp", CellKind.Seconds, one => one.GivenUp.P90),
        Service("CallbackRequests", CellKind.Count, one => one.CallbackRequests),

        Sales("Quotes", CellKind.Count, one => one.Quotes, true),
        Sales("Value", CellKind.Money, one => one.Value),
        Sales("Ordered", CellKind.Count, one => one.Ordered),
        Sales("Conversion", CellKind.Share, one => one.Conversion, true),
        Sales("OrderedValue", CellKind.Money, one => one.OrderedValue, true),
    ];

    public string TitleKey => $"Report.{Name}";

    public string MeansKey => $"Report.{Name}.means";

    public static ReportColumn? Find(string? name) => All.FirstOrDefault(column => column.Name == name);

    static ReportColumn Calls(string name, CellKind kind, Func<KeyFigures, object?> of, bool isMain = false, bool isOfCustomers = false) => OfCalls(ColumnGroup.Calls, name, kind, of, isMain, isOfCustomers);

    static ReportColumn Recovery(string name, CellKind kind, Func<KeyFigures, object?> of, bool isMain = false, bool isOfCustomers = false) => OfCalls(ColumnGroup.Recovery, name, kind, of, isMain, isOfCustomers);

    static ReportColumn Service(string name, CellKind kind, Func<KeyFigures, object?> of, bool isMain = false, bool isOfCustomers = false) => OfCalls(ColumnGroup.Service, name, kind, of, isMain, isOfCustomers);

    static ReportColumn OfCalls(ColumnGroup group, string name, CellKind kind, Func<KeyFigures, object?> of, bool isMain, bool isOfCustomers) =>
        new(name, group, kind, row => row.Calls is { } calls ? of(calls) : null, isMain, isOfCustomers);

    static ReportColumn Sales(string name, CellKind kind, Func<SaleFigures, object?> of, bool isMain = false) =>
        new(name, ColumnGroup.Sales, kind, row => row.Sales is { } sales ? of(sales) : null, isMain, true);
}
