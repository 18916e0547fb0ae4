using System.Globalization;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls.Pages;

public enum CallPeriod
{
    Today,
    Yesterday,

    /// <summary>Today and the six days before.</summary>
    SevenDays,

    /// <summary>Since the first of this month.</summary>
    Month,
}

/// <summary>States and outcomes in one choice, as people think of them.</summary>
public enum CallStatus
{
    InProgress,
    Queued,
    Ringing,
    Answered,
    OnHold,
    Missed,
    Completed,
    Cancelled,
    NoAnswer,
    Busy,
    Failed,

    /// <summary>However it did.</summary>
    Ended,
}

/// <summary>
/// What somebody looks at among the calls, as it stands in the address: what is asked for, in which order, which page, and
/// which call is open beside the list. What cannot be read asks for nothing.
/// </summary>
public sealed record CallsAddress
{
    public const string Path = "/llamadas";

    const int TextMax = 200;

    static readonly Spelling<CallPeriod> Periods = new("hoy", "ayer", "7-dias", "mes");
    static readonly Spelling<CallStatus> Statuses = new(
        "en-curso", "en-cola", "sonando", "contestada", "retenida", "perdida", "completada", "cancelada", "sin-respuesta", "ocupado", "fallida", "terminada");
    static readonly Spelling<Direction> Directions = new("desconocido", "entrante", "saliente", "interna");
    static readonly Spelling<RecoveryStanding> Standings = new("sin-recuperar", "recuperada", "por-el-cliente", "sin-numero");
    static readonly Spelling<MissedReason> Reasons = new(
        "fuera-de-horario", "nadie-conectado", "todos-ocupados", "nadie-contesto", "tiempo-agotado", "colgo-enseguida", "colgo-esperando", "colgo-en-el-menu", "fallo-tecnico", "pidio-devolucion");
    static readonly Spelling<CallOrder> Orders = new("recientes", "antiguas");

    public CallPeriod? Period { get; init; }

    /// <summary>First and last day of a period of one's own, in the viewer's zone; both belong to it.</summary>
    public DateOnly? FirstDay { get; init; }

    public DateOnly? LastDay { get; init; }

    public CallStatus? Status { get; init; }

    public Direction? Direction { get; init; }

    public RecoveryStanding? Recovery { get; init; }

    /// <summary>Missed for this reason.</summary>
    public MissedReason? Reason { get; init; }

    /// <summary>Waited no longer than so many seconds.</summary>
    public int? WaitMax { get; init; }

    public string? Line { get; init; }

    public string? Queue { get; init; }

    public string? Operator { get; init; }

    public string? Customer { get; init; }

    /// <summary>Id of whose calls they are.</summary>
    public long? CustomerId { get; init; }

    public string? Connection { get; init; }

    /// <summary>Id of a team, or <see cref="CallFilter.NoTeam"/>.</summary>
    public string? Team { get; init; }

    public CallOrder Order { get; init; }

    /// <summary>The page begins after this call, or ends before that one; neither is the first page.</summary>
    public CallCursor? After { get; init; }

    public CallCursor? Before { get; init; }

    /// <summary>The call that is open beside the list.</summary>
    public long? Open { get; init; }

    /// <summary>Which part of it.</summary>
    public string? Tab { get; init; }

    public bool IsFirstPage => After is null && Before is null;

    public bool HasOwnPeriod => FirstDay is not null || LastDay is not null;

    /// <summary>The same question, from its first page.</summary>
    public CallsAddress FromTheStart => this with { After = null, Before = null };

    public CallsAddress WithoutFilters => new() { Order = Order, Open = Open, Tab = Tab };

    public bool IsFiltered => FromTheStart != WithoutFilters;

    public static CallsAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;
        DateOnly? Day(string name) => Fields.ReadDay(Text(name));
        long? Id(string name) => long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        CallCursor? Cursor(string name) => Text(name) is { } text && CallCursor.TryParse(text, out var cursor) ? cursor : null;

        return new CallsAddress
        {
            Period = Periods.Read(Text("periodo")),
            FirstDay = Day("desde"),
            LastDay = Day("hasta"),
            Status = Statuses.Read(Text("estado")),
            Direction = Directions.Read(Text("sentido")),
            Recovery = Standings.Read(Text("recuperacion")),
            Reason = Reasons.Read(Text("motivo")),
            WaitMax = int.TryParse(Text("espera-hasta"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
            Line = Text("linea"),
            Queue = Text("cola"),
            Operator = Text("operador"),
            Customer = Text("numero"),
            CustomerId = Id("cliente"),
            Connection = Text("integracion"),
            Team = Text("equipo") is "ninguno" ? CallFilter.NoTeam : Text("equipo"),
            Order = Orders.Read(Text("orden")) ?? CallOrder.NewestFirst,
            After = Cursor("tras"),
            Before = Cursor("antes"),
            Open = Id("llamada"),
            Tab = Text("ver"),
        };
    }

    public override string ToString() => QueryHelpers.AddQueryString(Path, Parts().Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));

    /// <summary>The address of one call alone.</summary>
    public static string Of(long call) => string.Create(CultureInfo.InvariantCulture, $"{Path}/{call}");

    IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("periodo", Period is { } period ? Periods.Of(period) : null),
        ("desde", Fields.Written(FirstDay)),
        ("hasta", Fields.Written(LastDay)),
        ("estado", Status is { } status ? Statuses.Of(status) : null),
        ("sentido", Direction is { } direction ? Directions.Of(direction) : null),
        ("recuperacion", Recovery is { } standing ? Standings.Of(standing) : null),
        ("motivo", Reason is { } reason ? Reasons.Of(reason) : null),
        ("espera-hasta", WaitMax?.ToString(CultureInfo.InvariantCulture)),
        ("linea", Line),
        ("cola", Queue),
        ("operador", Operator),
        ("numero", Customer),
        ("cliente", CustomerId?.ToString(CultureInfo.InvariantCulture)),
        ("integracion", Connection),
        ("equipo", Team == CallFilter.NoTeam ? "ninguno" : Team),
        ("orden", Order == CallOrder.NewestFirst ? null : Orders.Of(Order)),
        ("tras", After?.ToString()),
        ("antes", Before?.ToString()),
        ("llamada", Open?.ToString(CultureInfo.InvariantCulture)),
        ("ver", Tab),
    ];

    internal CallFilter Filter(TimeZoneInfo zone, DateTimeOffset now, IPhoneSystems phones)
    {
        var (first, last) = Days(LocalDay.Of(now, zone));
        var filter = new CallFilter(
            first is { } from ? LocalDay.StartOf(from, zone) : null, last is { } to ? LocalDay.StartOf(to.AddDays(1), zone) : null,
            Direction, Operator: Operator, Queue: Queue, Line: Line, Customer: Customer, Country: phones.HomeCountry(Connection), Connection: Connection, Recovery: Recovery, Team: Team, CustomerId: CustomerId, Reason: Reason, WaitMax: WaitMax);
        return Status switch
        {
            null => filter,
            CallStatus.InProgress => filter with { Alive = true },
            CallStatus.Queued => filter with { State = CallState.Queued },
            CallStatus.Ringing => filter with { State = CallState.Ringing },
            CallStatus.Answered => filter with { State = CallState.Answered },
            CallStatus.OnHold => filter with { State = CallState.OnHold },
            CallStatus.Missed => filter with { Missed = true },
            CallStatus.Completed => filter with { Outcome = CallOutcome.Completed },
            CallStatus.Cancelled => filter with { Outcome = CallOutcome.Cancelled },
            CallStatus.NoAnswer => filter with { Outcome = CallOutcome.NoAnswer },
            CallStatus.Busy => filter with { Outcome = CallOutcome.Busy },
            CallStatus.Failed => filter with { Outcome = CallOutcome.Failed },
            CallStatus.Ended => filter with { Alive = false },
            _ => throw new InvalidOperationException($"No filter for {Status}."),
        };
    }

    (DateOnly? First, DateOnly? Last) Days(DateOnly today) => Period switch
    {
        CallPeriod.Today => (today, today),
        CallPeriod.Yesterday => (today.AddDays(-1), today.AddDays(-1)),
        CallPeriod.SevenDays => (today.AddDays(-6), today),
        CallPeriod.Month => (new DateOnly(today.Year, today.Month, 1), today),
        null => FirstDay > LastDay ? (LastDay, FirstDay) : (FirstDay, LastDay),
        _ => throw new InvalidOperationException($"No days for {Period}."),
    };

    /// <summary>What is asked for, each with the address that no longer asks for it.</summary>
    /// <param name="customer">The name of whose calls are asked for, as far as it is known.</param>
    internal IEnumerable<(string What, string Asked, CallsAddress Without)> Chips(IStringLocalizer<Words> words, CallFilter filter, IPhoneSystems phones, ITeamNames teams, string? customer)
    {
        var start = FromTheStart;
        if (Period is { } period) yield return (words["Periodo"], words.Name(period), start with { Period = null });
        if (FirstDay is { } first && Period is null) yield return (words["Desde"], Show.Day(first), start with { FirstDay = null });
        if (LastDay is { } last && Period is null) yield return (words["Hasta"], Show.Day(last), start with { LastDay = null });
        foreach (var (condition, what, asked) in words.Conditions(filter, phones, teams, customer))
            yield return (what, asked, condition switch
            {
                CallCondition.Status => start with { Status = null },
                CallCondition.Recovery => start with { Recovery = null },
                CallCondition.Reason => start with { Reason = null },
                CallCondition.Wait => start with { WaitMax = null },
                CallCondition.Direction => start with { Direction = null },
                CallCondition.Line => start with { Line = null },
                CallCondition.Queue => start with { Queue = null },
                CallCondition.Operator => start with { Operator = null },
                CallCondition.Number => start with { Customer = null },
                CallCondition.Customer => start with { CustomerId = null },
                CallCondition.Connection => start with { Connection = null },
                CallCondition.Team => start with { Team = null },
                _ => throw new InvalidOperationException($"No address without {condition}."),
            });
    }
}
