using System.Globalization;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Quotes.Pages;

/// <summary>What somebody looks at among quotes or orders, as it stands in the address. What cannot be read asks for nothing.</summary>
sealed record SalesAddress
{
    public const int PageSize = 50;

    const int TextMax = 100;

    static readonly Spelling<QuoteStatus> QuoteStatuses = new("borradores", "enviados", "aceptados", "rechazados", "caducados", "pedidos", "descartados");
    static readonly Spelling<OrderStatus> OrderStatuses = new("recibidos", "pendientes", "en-reparto", "entregados", "anulados");
    static readonly Spelling<SaleOrder> Orders = new("recientes", "antiguos", "importe", "caducidad");

    /// <summary>Of orders, not of quotes.</summary>
    public bool OfOrders { get; init; }

    public QuoteStatus? Status { get; init; }

    public OrderStatus? OrderStatus { get; init; }

    /// <summary>Of the day it was begun, in the viewer's zone; both belong to it.</summary>
    public DateOnly? FirstDay { get; init; }

    public DateOnly? LastDay { get; init; }

    public long? Customer { get; init; }

    public string? Brand { get; init; }

    /// <summary>A person's id.</summary>
    public string? Author { get; init; }

    /// <summary>In a number, a plate, a reference or a name.</summary>
    public string? Text { get; init; }

    public SaleOrder Order { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    public SalesAddress FromTheStart => this with { Page = 1 };

    public SalesAddress WithoutFilters => new() { OfOrders = OfOrders, Order = Order };

    public bool IsFiltered => FromTheStart != WithoutFilters;

    public string Path => OfOrders ? QuoteWords.OrdersPath : QuoteWords.Path;

    public static SalesAddress Read(string address)
    {
        var uri = new Uri(new Uri("http://localhost"), address);
        var query = QueryHelpers.ParseQuery(uri.Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;
        var ofOrders = uri.AbsolutePath == QuoteWords.OrdersPath;
        return new SalesAddress
        {
            OfOrders = ofOrders,
            Status = ofOrders ? null : QuoteStatuses.Read(Text("estado")),
            OrderStatus = ofOrders ? OrderStatuses.Read(Text("estado")) : null,
            FirstDay = Fields.ReadDay(Text("desde")),
            LastDay = Fields.ReadDay(Text("hasta")),
            Customer = long.TryParse(Text("cliente"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null,
            Brand = Text("marca"),
            Author = Text("autor"),
            Text = Text("texto"),
            Order = Orders.Read(Text("orden")) is { } order && !(ofOrders && order == SaleOrder.Validity) ? order : SaleOrder.Newest,
            Page = int.TryParse(Text("pagina"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is > 0 and < 100_000 ? page : 1,
        };
    }

    public override string ToString() => QueryHelpers.AddQueryString(Path, Parts().Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));

    public SaleFilter Filter(TimeZoneInfo zone)
    {
        var (first, last) = FirstDay > LastDay ? (LastDay, FirstDay) : (FirstDay, LastDay);
        return new SaleFilter(
            Statuses: (Status?.ToString() ?? OrderStatus?.ToString()) is { } status ? [status] : null,
            From: first is { } from ? LocalDay.StartOf(from, zone) : null, Until: last is { } to ? LocalDay.StartOf(to.AddDays(1), zone) : null,
            Customer: Customer, Brand: Brand, Author: Author, Text: Text);
    }

    IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("estado", Status is { } quote ? QuoteStatuses.Of(quote) : OrderStatus is { } order ? OrderStatuses.Of(order) : null),
        ("desde", Fields.Written(FirstDay)),
        ("hasta", Fields.Written(LastDay)),
        ("cliente", Customer?.ToString(CultureInfo.InvariantCulture)),
        ("marca", Brand),
        ("autor", Author),
        ("texto", Text),
        ("orden", Order == SaleOrder.Newest ? null : Orders.Of(Order)),
        ("pagina", Page == 1 ? null : Page.ToString(CultureInfo.InvariantCulture)),
    ];
}
