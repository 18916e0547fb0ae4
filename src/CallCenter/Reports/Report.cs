using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;
using CallCenter.Teams;

namespace CallCenter.Reports;

/// <summary>A report: the figures of a period, apart by one thing. What it is apart by is its own file in <c>Kinds/</c>.</summary>
abstract class Report
{
    /// <summary>In the order in which they are offered.</summary>
    public static readonly IReadOnlyList<Report> All =
        [new ByTeam(), new ByOperator(), new ByLine(), new ByQueue(), new ByCustomer(), new ByBrand(), new ByDay(), new ByWeekday(), new ByHour()];

    /// <summary>For programs and commands, such as <c>by-team</c>.</summary>
    public abstract string Name { get; }

    /// <summary>For addresses of people, such as <c>equipo</c>.</summary>
    public abstract string Word { get; }

    /// <summary>What a row is, as a key of the words.</summary>
    public abstract string RowTitle { get; }

    /// <summary>What the row is called that belongs to none, as a key of the words.</summary>
    public virtual string NoneTitle => "–";

    /// <summary>The rows have an order of their own, such as days; else the one with most comes first.</summary>
    public virtual bool IsInOrder => false;

    public virtual bool Has(ReportColumn column) => true;

    /// <summary>Among the few columns that are shown first.</summary>
    public virtual bool IsMain(ReportColumn column) => column.IsMain;

    public IReadOnlyList<ReportColumn> Columns => [.. ReportColumn.All.Where(Has)];

    public abstract Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop);

    public static Report? Find(string? name) => All.FirstOrDefault(report => report.Name == name);
}

/// <summary>What is asked of a report, and who asks.</summary>
/// <param name="WithSales">Whoever asks may know what is sold.</param>
sealed record ReportQuestion(CallScope Scope, FigureFilter Filter, FigureRules Rules, bool WithSales, DateTimeOffset Now)
{
    /// <summary>What is asked for beyond a time, a team, a line and an operator is a thing of calls, and no quotes answer it.</summary>
    public bool AsksForQuotes => WithSales && Filter is { Queue: null, Connection: null, Direction: null, Recovery: null };
}

/// <summary>Where reports read.</summary>
sealed record ReportSources(FigureDesk Figures, CustomerFigures Customers, QuoteCounter Quotes, Personnel Personnel, ICustomerNames CustomerNames)
{
    /// <summary>Quotes of the same question, apart; none where the question is one that quotes do not answer.</summary>
    public async Task<IReadOnlyDictionary<string, SaleFigures>> SalesBy(SalesCut cut, ReportQuestion question, CancellationToken stop)
    {
        if (!question.AsksForQuotes) return new Dictionary<string, SaleFigures>();
        var filter = question.Filter;
        var authors = filter.Operator is { } name ? Personnel.Now.HoldersOf(name) : null;
        return await Quotes.By(question.Scope, new QuoteQuestion(filter.Period.From, filter.Period.Until, filter.Teams, filter.Line, authors), cut, stop);
    }
}

/// <summary>One line of a report.</summary>
/// <param name="Key">What it is of: a name, a <see cref="DateOnly"/>, a <see cref="TimeOnly"/>, a <see cref="DayOfWeek"/>; null for what is of none.</param>
/// <param name="Calls">Null where the report has no calls apart by this.</param>
/// <param name="Rows">Which calls it is made of, where a list shows them.</param>
sealed record ReportRow(object? Key, KeyFigures? Calls, SaleFigures? Sales, CallFilter? Rows = null)
{
    /// <summary>Calls of colleagues, whom the reader does not get to see.</summary>
    public bool IsOthers { get; init; }

    public bool IsEmpty => Calls is null or { Counts.Calls: 0, InVain: 0, Recoveries: 0 } && Sales is null or { Quotes: 0 };
}

/// <summary>A report as it was read.</summary>
/// <param name="Total">Over all of them: of calls, not of rows, so that medians are right.</param>
sealed record ReportTable(Report Report, ReportQuestion Question, IReadOnlyList<ReportRow> Rows, ReportRow Total, DateTimeOffset? LastEventAt, long Uncounted, string Currency);
