using CallCenter.Calls;
using CallCenter.Calls.Pages;
using CallCenter.Figures;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Dashboard;

/// <summary>What somebody looks at on the dashboard, as it stands in the address. What cannot be read asks for nothing.</summary>
public sealed record DashboardAddress
{
    public const string Path = "/panel";

    const int TextMax = 200;

    static readonly Spelling<CallPeriod> Periods = new("hoy", "ayer", "7-dias", "mes");

    /// <summary>The figures that have an explanation here.</summary>
    static readonly (string Word, Figure Figure)[] Explained =
    [
        ("llamadas", Figure.Calls), ("recibidas", Figure.Offered), ("atendidas", Figure.AnswerRate), ("perdidas", Figure.Missed), ("sin-recuperar", Figure.Open),
        ("recuperacion", Figure.RecoveryRate), ("tiempo-de-recuperacion", Figure.MedianRecovery), ("nivel-de-servicio", Figure.ServiceLevel), ("espera", Figure.MeanWait),
    ];

    /// <summary>Today when neither it nor days are given.</summary>
    public CallPeriod? Period { get; init; }

    /// <summary>First and last day of a period of one's own, in the viewer's zone; both belong to it. One alone is that day.</summary>
    public DateOnly? FirstDay { get; init; }

    public DateOnly? LastDay { get; init; }

    public bool Compares { get; init; } = true;

    /// <summary>Id of a team, or <see cref="CallFilter.NoTeam"/>.</summary>
    public string? Team { get; init; }

    public string? Line { get; init; }

    public string? Operator { get; init; }

    /// <summary>Only missed calls that nobody has made good.</summary>
    public bool OnlyNotRecovered { get; init; }

    /// <summary>Brands by how many quotes name them, not by value.</summary>
    public bool BrandsByCount { get; init; }

    /// <summary>The figure whose explanation is open.</summary>
    public Figure? Explains { get; init; }

    public bool HasOwnPeriod => FirstDay is not null || LastDay is not null;

    /// <summary>The period that is meant when no days are given.</summary>
    public CallPeriod? NamedPeriod => HasOwnPeriod ? null : Period ?? CallPeriod.Today;

    public bool IsFiltered => Team is not null || Line is not null || Operator is not null || OnlyNotRecovered;

    public DashboardAddress WithoutFilters => this with { Team = null, Line = null, Operator = null, OnlyNotRecovered = false };

    public static DashboardAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;

        return new DashboardAddress
        {
            Period = Periods.Read(Text("periodo")),
            FirstDay = Fields.ReadDay(Text("desde")),
            LastDay = Fields.ReadDay(Text("hasta")),
            Compares = Text("comparar") is not "no",
            Team = Text("equipo") is "ninguno" ? CallFilter.NoTeam : Text("equipo"),
            Line = Text("linea"),
            Operator = Text("operador"),
            OnlyNotRecovered = Text("solo") is "no-recuperadas",
            BrandsByCount = Text("marcas") is "cantidad",
            Explains = Text("explicar") is { } word && Array.Find(Explained, one => one.Word == word) is { Word: not null } found ? found.Figure : null,
        };
    }

    public override string ToString() => QueryHelpers.AddQueryString(Path, Parts().Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));

    IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("periodo", Period is { } period ? Periods.Of(period) : null),
        ("desde", Fields.Written(FirstDay)),
        ("hasta", Fields.Written(LastDay)),
        ("comparar", Compares ? null : "no"),
        ("equipo", Team == CallFilter.NoTeam ? "ninguno" : Team),
        ("linea", Line),
        ("operador", Operator),
        ("solo", OnlyNotRecovered ? "no-recuperadas" : null),
        ("marcas", BrandsByCount ? "cantidad" : null),
        ("explicar", Explains is { } figure ? Array.Find(Explained, one => one.Figure == figure).Word : null),
    ];

    /// <summary>Days of a zone; of too long a period the newest.</summary>
    internal FigurePeriod Days(TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = LocalDay.Of(now, zone);
        var (one, other) = NamedPeriod switch
        {
            CallPeriod.Today => (today, today),
            CallPeriod.Yesterday => (today.AddDays(-1), today.AddDays(-1)),
            CallPeriod.SevenDays => (today.AddDays(-6), today),
            CallPeriod.Month => (new DateOnly(today.Year, today.Month, 1), today),
            null => (FirstDay ?? LastDay!.Value, LastDay ?? FirstDay!.Value),
            _ => throw new InvalidOperationException($"No days for {Period}."),
        };
        var (first, last) = one <= other ? (one, other) : (other, one);
        return new(zone, last.DayNumber - first.DayNumber < FigurePeriod.DaysMax ? first : last.AddDays(1 - FigurePeriod.DaysMax), last);
    }

    /// <param name="scope">Who sees only own calls has nobody to choose among.</param>
    internal FigureFilter Filter(TimeZoneInfo zone, DateTimeOffset now, CallScope scope) => new(
        Days(zone, now), Team is { } team && !IsOwn(scope) ? [team] : null, Line, Operator: IsOwn(scope) ? null : Operator, Recovery: OnlyNotRecovered ? RecoveryStanding.Open : null);

    internal static bool IsOwn(CallScope scope) => scope is { IsEverything: false, Teams.IsEmpty: true };

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
