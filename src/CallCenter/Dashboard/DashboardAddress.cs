using CallCenter.Calls;
using CallCenter.Calls.Pages;
using CallCenter.Figures;
using CallCenter.Figures.Pages;

namespace CallCenter.Dashboard;

/// <summary>What somebody looks at on the dashboard, as it stands in the address.</summary>
public sealed record DashboardAddress : AskedFigures
{
    public const string Path = "/panel";

    /// <summary>The figures that have an explanation here.</summary>
    static readonly (string Word, Figure Figure)[] Explained =
    [
        ("llamadas", Figure.Calls), ("recibidas", Figure.Offered), ("atendidas", Figure.AnswerRate), ("perdidas", Figure.Missed), ("sin-recuperar", Figure.Open),
        ("recuperacion", Figure.RecoveryRate), ("tiempo-de-recuperacion", Figure.MedianRecovery), ("nivel-de-servicio", Figure.ServiceLevel), ("espera", Figure.MeanWait),
    ];

    public bool Compares { get; init; } = true;

    /// <summary>Brands by how many quotes name them, not by value.</summary>
    public bool BrandsByCount { get; init; }

    /// <summary>Of half hours, how many people they need and not how many calls there were.</summary>
    public bool HoursByPeople { get; init; }

    /// <summary>The figure whose explanation is open.</summary>
    public Figure? Explains { get; init; }

    protected override CallPeriod UsualPeriod => CallPeriod.Today;

    public static DashboardAddress Read(string address)
    {
        var query = Query(address);
        return Read(new DashboardAddress
        {
            Compares = Text(query, "comparar") is not "no",
            BrandsByCount = Text(query, "marcas") is "cantidad",
            HoursByPeople = Text(query, "horas") is "personas",
            Explains = Text(query, "explicar") is { } word && Array.Find(Explained, one => one.Word == word) is { Word: not null } found ? found.Figure : null,
        }, query);
    }

    public override string ToString() => Written(Path,
    [
        ("comparar", Compares ? null : "no"),
        ("marcas", BrandsByCount ? "cantidad" : null),
        ("horas", HoursByPeople ? "personas" : null),
        ("explicar", Explains is { } figure ? Array.Find(Explained, one => one.Figure == figure).Word : null),
    ]);

    /// <summary>The list of calls whose number is what was counted.</summary>
    internal static CallsAddress Rows(CallFilter rows, FigurePeriod period) => new()
    {
        FirstDay = period.First,
        LastDay = period.Last,
        Direction = rows.Direction,
        Status = rows.Missed == true ? CallStatus.Missed : rows.Outcome switch
        {
            null => null,
            CallOutcome.Completed => CallStatus.Completed,
            CallOutcome.Cancelled => CallStatus.Cancelled,
            CallOutcome.NoAnswer => CallStatus.NoAnswer,
            CallOutcome.Busy => CallStatus.Busy,
            CallOutcome.Failed => CallStatus.Failed,
            _ => throw new InvalidOperationException($"No list for {rows.Outcome}."),
        },
        Recovery = rows.Recovery,
        Line = rows.Line,
        Queue = rows.Queue,
        Operator = rows.Operator,
        Connection = rows.Connection,
        Team = rows.Team,
    };
}
