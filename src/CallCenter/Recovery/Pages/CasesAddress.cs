using System.Globalization;
using CallCenter.Calls;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Recovery.Pages;

/// <summary>The parts of the list of missed calls to be returned.</summary>
public enum CaseView
{
    Open,
    Overdue,
    Mine,

    /// <summary>Nobody has them.</summary>
    Claimable,

    /// <summary>Settled today, by us or by the customer.</summary>
    Recovered,

    /// <summary>All that is closed.</summary>
    Closed,
}

/// <summary>What somebody looks at among the missed calls to be returned, as it stands in the address. What cannot be read asks for nothing.</summary>
public sealed record CasesAddress
{
    public const string Path = "/por-devolver";

    public const int PageSize = 50;

    const int TextMax = 200;

    static readonly Spelling<CaseView> Views = new("abiertas", "vencidas", "mias", "por-tomar", "recuperadas-hoy", "cerradas");
    static readonly Spelling<CaseOrder> Orders = new("prioridad", "vencimiento", "recientes", "antiguas", "insistencia");
    static readonly Spelling<MissedReason> Reasons = new(
        "fuera-de-horario", "sin-operadores", "todos-ocupados", "sin-respuesta", "tiempo-en-cola", "colgo-enseguida", "colgo-en-espera", "colgo-en-el-menu", "fallo-tecnico", "pidio-llamada");

    public CaseView View { get; init; }

    public string? Team { get; init; }

    public string? Line { get; init; }

    /// <summary>A person's id.</summary>
    public string? Owner { get; init; }

    public MissedReason? Reason { get; init; }

    /// <summary>Of the customer's last call, in the viewer's zone; both belong to it.</summary>
    public DateOnly? FirstDay { get; init; }

    public DateOnly? LastDay { get; init; }

    public bool OnlyNotRecovered { get; init; }

    public CaseOrder Order { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>The case that is open beside the list.</summary>
    public long? Open { get; init; }

    public CasesAddress FromTheStart => this with { Page = 1 };

    public CasesAddress WithoutFilters => new() { View = View, Order = Order, Open = Open };

    public bool IsFiltered => FromTheStart != WithoutFilters;

    public static CasesAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;
        return new CasesAddress
        {
            View = Views.Read(Text("ver")) ?? CaseView.Open,
            Team = Text("equipo") is "ninguno" ? CallFilter.NoTeam : Text("equipo"),
            Line = Text("linea"),
            Owner = Text("dueno"),
            Reason = Reasons.Read(Text("motivo")),
            FirstDay = Fields.ReadDay(Text("desde")),
            LastDay = Fields.ReadDay(Text("hasta")),
            OnlyNotRecovered = Text("solo") == "no-recuperadas",
            Order = Orders.Read(Text("orden")) ?? CaseOrder.Priority,
            Page = int.TryParse(Text("pagina"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is > 0 and < 100_000 ? page : 1,
            Open = long.TryParse(Text("caso"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null,
        };
    }

    public override string ToString() => QueryHelpers.AddQueryString(Path, Parts().Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));

    IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("ver", View == CaseView.Open ? null : Views.Of(View)),
        ("equipo", Team == CallFilter.NoTeam ? "ninguno" : Team),
        ("linea", Line),
        ("dueno", Owner),
        ("motivo", Reason is { } reason ? Reasons.Of(reason) : null),
        ("desde", Fields.Written(FirstDay)),
        ("hasta", Fields.Written(LastDay)),
        ("solo", OnlyNotRecovered ? "no-recuperadas" : null),
        ("orden", Order == CaseOrder.Priority ? null : Orders.Of(Order)),
        ("pagina", Page == 1 ? null : Page.ToString(CultureInfo.InvariantCulture)),
        ("caso", Open?.ToString(CultureInfo.InvariantCulture)),
    ];

    internal CaseFilter Filter(TimeZoneInfo zone, DateTimeOffset now, string me)
    {
        var (first, last) = FirstDay > LastDay ? (LastDay, FirstDay) : (FirstDay, LastDay);
        var filter = new CaseFilter(
            Owner: Owner, Team: Team, Line: Line, Reason: Reason, OnlyNotRecovered: OnlyNotRecovered,
            From: first is { } from ? LocalDay.StartOf(from, zone) : null, Until: last is { } to ? LocalDay.StartOf(to.AddDays(1), zone) : null);
        return View switch
        {
            CaseView.Open => filter,
            CaseView.Overdue => filter with { IsOverdue = true },
            CaseView.Mine => filter with { Owner = me },
            CaseView.Claimable => filter with { IsClaimable = true },
            CaseView.Recovered => filter with { IsOpen = false, OnlyRecovered = true, ClosedFrom = LocalDay.StartOf(LocalDay.Of(now, zone), zone) },
            CaseView.Closed => filter with { IsOpen = false },
            _ => throw new InvalidOperationException($"No filter for {View}."),
        };
    }
}
