using System.Globalization;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Quotes.Pages;

/// <summary>What concerns quotes and orders, in people's words.</summary>
static class QuoteWords
{
    public const string Path = "/presupuestos", OrdersPath = "/pedidos";

    public static string AddressOf(Quote quote) => AddressOf(quote.Id);

    public static string AddressOf(long quote) => $"{Path}/{quote}";

    public static string AddressOf(Order order) => $"{OrdersPath}/{order.Id}";

    /// <summary>Its number, or that it has none yet.</summary>
    public static string TitleOf(this IStringLocalizer<Words> words, Quote quote) => quote.Number ?? words["Borrador {0}", quote.Id];

    /// <summary>The mark before its state, and the colour of both.</summary>
    public static (string Icon, string Colour) LookOf(QuoteStatus status) => status switch
    {
        QuoteStatus.Draft => ("gear", "held"),
        QuoteStatus.Sent => ("outbound", "ringing-still"),
        QuoteStatus.Accepted => ("completed", "answered"),
        QuoteStatus.Rejected => ("close", "cancelled"),
        QuoteStatus.Expired => ("clock", "queued"),
        QuoteStatus.Ordered => ("completed", "recovered"),
        QuoteStatus.Discarded => ("trash", "completed"),
        _ => throw new InvalidOperationException($"No look for {status}."),
    };

    public static (string Icon, string Colour) LookOf(OrderStatus status) => status switch
    {
        OrderStatus.Placed => ("inbound", "held"),
        OrderStatus.BackOrdered => ("queued", "queued"),
        OrderStatus.Shipped => ("transfer", "ringing-still"),
        OrderStatus.Delivered => ("completed", "recovered"),
        OrderStatus.Cancelled => ("close", "cancelled"),
        _ => throw new InvalidOperationException($"No look for {status}."),
    };

    /// <summary>For whom it is: the customer, else who asked.</summary>
    public static string PartyOf(this IStringLocalizer<Words> words, SaleHead head, string? customer) =>
        VisibleText.Line(customer ?? (head.RequestedBy.Length > 0 ? head.RequestedBy : words["Cliente sin identificar"]), 80);

    /// <summary>What else is known of for whom it is, and for which car.</summary>
    public static IEnumerable<(string Label, string Value)> Facts(this IStringLocalizer<Words> words, SaleHead head) => new (string Label, string Value)[]
    {
        (words["Matrícula"], head.Plate),
        (words["Bastidor"], head.Vin),
        (words["Solicitado por"], head.RequestedBy),
        (words["Contacto"], head.Contact),
        (words["Sucursal"], head.Branch),
        (words["N.º de solicitud"], head.RequestNumber),
        (words["Canal"], words.Name(head.Channel)),
    }.Where(fact => fact.Value.Length > 0).Select(fact => (fact.Label, VisibleText.Line(fact.Value)));

    /// <summary>What somebody wrote in a line, or what a price list says of a part, fit to be shown.</summary>
    public static string Text(string written) => VisibleText.Line(written, SaleLine.TextMax);

    /// <summary>To the cent, as documents say it: 1.234,56 EUR.</summary>
    public static string Money(Money amount, string currency) => $"{amount.Amount.ToString("N2", CultureInfo.CurrentCulture)}\u00a0{currency}";

    public static string Money(Money? amount) => amount?.Amount.ToString("N2", CultureInfo.CurrentCulture) ?? "–";

    public static string Quantity(decimal quantity) => quantity.ToString("#,0.###", CultureInfo.CurrentCulture);

    public static string Percent(decimal percent) => $"{percent.ToString("0.##", CultureInfo.CurrentCulture)}\u00a0%";

    /// <summary>Who made it; a dash for a program.</summary>
    public static string PersonName(this Personnel personnel, string? person) => person is null ? "–" : VisibleText.Line(personnel.Now.People.GetValueOrDefault(person)?.Name ?? person, 60);

    /// <summary>Who an <see cref="Audit.Actor"/> is, by the id.</summary>
    public static string ActorOf(this Personnel personnel, string actor) => actor.StartsWith("user:", StringComparison.Ordinal) ? personnel.PersonName(actor[5..]) : actor;

    /// <summary>How long it still holds: hoy, mañana, 5 días.</summary>
    public static string DaysLeft(this IStringLocalizer<Words> words, DateOnly until, DateOnly today) => (until.DayNumber - today.DayNumber) switch
    {
        < 0 => words["caducado"],
        0 => words["caduca hoy"],
        1 => words["caduca mañana"],
        var days => words["caduca en {0} días", days],
    };
}
