using System.ComponentModel;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Quotes;

/// <summary>Quotes and orders for programs: to read and follow, and for an ERP to put in what it keeps itself.</summary>
static class SalesApi
{
    const int BodyMax = 512 * 1024;
    const int LimitDefault = 50;

    const string Following = "The one first whose last change is longest ago. Give the answer's `next` as `cursor` until there are no more, and keep the last one: asked again later it gives what changed meanwhile.";

    const string Meaning = "May be sent again and again: it comes to the same. What is not in the body, or null, stays as it is; lines that are given are all lines. Amounts are without tax.";

    public static void MapSalesApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder Group(string path, string scope) => app.MapGroup(path).WithTags("Sales").RequireAuthorization(scope)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound);

        var quotes = Group("/api/quotes", ApiScope.SalesRead);
        quotes.MapGet("", Quotes).WithName("listQuotes").WithSummary("Lists quotes by when they changed").WithDescription(Following).Produces<QuoteListAnswer>();
        quotes.MapGet("{id}", OneQuote).WithName("getQuote").WithSummary("One quote").Produces<QuoteAnswer>();
        var orders = Group("/api/orders", ApiScope.SalesRead);
        orders.MapGet("", Orders).WithName("listOrders").WithSummary("Lists orders by when they changed").WithDescription(Following).Produces<OrderListAnswer>();
        orders.MapGet("{id}", OneOrder).WithName("getOrder").WithSummary("One order").Produces<OrderAnswer>();

        var size = new RequestSizeLimitAttribute(BodyMax);
        Group("/api/quotes", ApiScope.SalesWrite).MapPut("external/{system}/{id}", PutQuote).WithMetadata(size).WithName("putQuote").WithSummary("Adds a quote that another system keeps, or changes it")
            .WithDescription(Meaning).Produces<QuoteAnswer>().Produces<QuoteAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        Group("/api/orders", ApiScope.SalesWrite).MapPut("external/{system}/{id}", PutOrder).WithMetadata(size).WithName("putOrder").WithSummary("Adds an order that another system keeps, or changes it")
            .WithDescription(Meaning + " Lines of an order that names a quote take from the lines of the quote with the same brand and reference.")
            .Produces<OrderAnswer>().Produces<OrderAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
    }

    static async Task<IResult> Quotes([AsParameters] SalesQuery query, HttpContext http, QuoteList list)
    {
        var (sales, _) = await list.Quotes(query.Filter<QuoteStatus>(http.Request.Query), SaleOrder.Newest, CallConditions.LimitOf(query.Limit, LimitDefault, QuoteList.PageMax), stop: http.RequestAborted);
        return Results.Json(new QuoteListAnswer([.. sales.Select(one => new QuoteAnswer(one))], sales.Count == 0 ? null : sales[^1].Sale.Version.ToString(CultureInfo.InvariantCulture)), CallJson.Options);
    }

    static async Task<IResult> Orders([AsParameters] SalesQuery query, HttpContext http, QuoteList list)
    {
        var (sales, _) = await list.Orders(query.Filter<OrderStatus>(http.Request.Query), SaleOrder.Newest, CallConditions.LimitOf(query.Limit, LimitDefault, QuoteList.PageMax), stop: http.RequestAborted);
        return Results.Json(new OrderListAnswer([.. sales.Select(one => new OrderAnswer(one))], sales.Count == 0 ? null : sales[^1].Sale.Version.ToString(CultureInfo.InvariantCulture)), CallJson.Options);
    }

    static async Task<IResult> OneQuote([Description("The quote's `id`")] string id, HttpContext http, QuoteList list) =>
        NumberOf(id) is { } number && await list.Find(number, http.RequestAborted) is { } found ? Answer(found) : throw new Refusal(RefusalKind.NotFound, "quote.unknown", id);

    static async Task<IResult> OneOrder([Description("The order's `id`")] string id, HttpContext http, QuoteList list) =>
        NumberOf(id) is { } number && await list.FindOrder(number, http.RequestAborted) is { } found ? Answer(found) : throw new Refusal(RefusalKind.NotFound, "order.unknown", id);

    static async Task<IResult> PutQuote(string system, [Description("What that system calls the quote")] string id, [FromBody] QuoteWish body, HttpContext http, ForeignSales sales, QuoteList list, ApiCallers callers)
    {
        var (put, isNew) = await sales.Put(new ExternalId(system, id), body, callers.ActorOf(http.User), http.RequestAborted);
        return Answer((await list.Find(put.Id, http.RequestAborted))!, isNew);
    }

    static async Task<IResult> PutOrder(string system, [Description("What that system calls the order")] string id, [FromBody] OrderWish body, HttpContext http, ForeignSales sales, QuoteList list, ApiCallers callers)
    {
        var (put, isNew) = await sales.Put(new ExternalId(system, id), body, callers.ActorOf(http.User), http.RequestAborted);
        return Answer((await list.FindOrder(put.Id, http.RequestAborted))!, isNew);
    }

    static IResult Answer(Named<Quote> found, bool isNew = false) => Results.Json(new QuoteAnswer(found), CallJson.Options, statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);

    static IResult Answer(Named<Order> found, bool isNew = false) => Results.Json(new OrderAnswer(found), CallJson.Options, statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);

    static long? NumberOf(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Which quotes or orders a program asks for.</summary>
sealed class SalesQuery
{
    static readonly string[] Names = ["status", "customer", "call", "external_system", "external_id", "from", "until", "limit", "cursor"];

    [FromQuery(Name = "status"), Description("One status")]
    public string? Status { get; init; }

    [FromQuery(Name = "customer"), Description("Id of the customer")]
    public string? Customer { get; init; }

    [FromQuery(Name = "call"), Description("Id of the call that it is credited to")]
    public string? Call { get; init; }

    [FromQuery(Name = "external_system")]
    public string? System { get; init; }

    [FromQuery(Name = "external_id"), Description("What that system calls it")]
    public string? ExternalId { get; init; }

    [FromQuery(Name = "from"), Description("Begun at or after")]
    public string? From { get; init; }

    [FromQuery(Name = "until"), Description("Begun before")]
    public string? Until { get; init; }

    [FromQuery(Name = "limit"), Description("1 to 200; 50 when not given")]
    public string? Limit { get; init; }

    [FromQuery(Name = "cursor"), Description("`next` of an answer before")]
    public string? Cursor { get; init; }

    /// <exception cref="Refusal">A condition is unknown, or cannot be read.</exception>
    public SaleFilter Filter<TStatus>(IQueryCollection given) where TStatus : struct, Enum
    {
        CallApi.MustKnow(given, Names);
        return new(
            CallConditions.OneOf<TStatus>("status", Status) is { } status ? [$"{status}"] : Enum.GetNames<TStatus>(), CallConditions.Instant("from", From), CallConditions.Instant("until", Until), CallConditions.Whole("customer", Customer),
            Call: CallConditions.Whole("call", Call), System: CallConditions.Text(System), ExternalId: CallConditions.Text(ExternalId), ChangedAfter: CallConditions.Whole("cursor", Cursor) ?? 0);
    }
}

/// <param name="Next">Where the next page begins, for `cursor`; null where nothing was found. The last one gives later what changed meanwhile.</param>
public sealed record QuoteListAnswer(IReadOnlyList<QuoteAnswer> Quotes, string? Next);

/// <param name="Next">Where the next page begins, for `cursor`; null where nothing was found. The last one gives later what changed meanwhile.</param>
public sealed record OrderListAnswer(IReadOnlyList<OrderAnswer> Orders, string? Next);

/// <summary>A line as programs read it. Amounts are in the company's currency.</summary>
public record SaleLineAnswer
{
    internal SaleLineAnswer(SaleLine line) =>
        (Id, Part, Brand, Reference, Description, Quantity, UnitPrice, DiscountPercent, TaxPercent, Availability, Net) =
        (line.Id, line.Part, line.Brand, line.Reference, line.Description, line.Quantity, line.UnitPrice?.Amount, line.DiscountPercent, line.TaxPercent, line.Availability, line.Net.Amount);

    public string Id { get; }

    /// <summary>Id in the catalogue.</summary>
    public long? Part { get; }

    public string Brand { get; }

    public string Reference { get; }

    public string Description { get; }

    public decimal Quantity { get; }

    /// <summary>Without tax; null while nobody has named one.</summary>
    public decimal? UnitPrice { get; }

    public decimal DiscountPercent { get; }

    public decimal TaxPercent { get; }

    public string Availability { get; }

    /// <summary>Without tax.</summary>
    public decimal Net { get; }
}

public sealed record QuoteLineAnswer : SaleLineAnswer
{
    internal QuoteLineAnswer(QuoteLine line, QuoteStatus quote) : base(line) => (Status, Ordered) = (line.StatusIn(quote), line.Ordered);

    public LineStatus Status { get; }

    /// <summary>How much of it stands in orders.</summary>
    public decimal Ordered { get; }
}

/// <summary>What quotes and orders have in common, as programs read it.</summary>
public abstract record SaleAnswer
{
    private protected SaleAnswer(SaleHead head, string? customer, Totals totals, CallCredit? credit) =>
        (Customer, CustomerName, Contact, Branch, Plate, Vin, RequestedBy, RequestNumber, Channel, Note, Net, Tax, Total, Call, CallLink) =
        (head.Customer, customer, head.Contact, head.Branch, head.Plate, head.Vin, head.RequestedBy, head.RequestNumber, head.Channel, head.Note, totals.Net.Amount, totals.Tax.Amount, totals.Total.Amount, credit?.Call, credit?.Link);

    /// <summary>Id of the customer.</summary>
    public long? Customer { get; }

    public string? CustomerName { get; }

    public string Contact { get; }

    public string Branch { get; }

    public string Plate { get; }

    public string Vin { get; }

    public string RequestedBy { get; }

    /// <summary>The customer's own reference.</summary>
    public string RequestNumber { get; }

    public SaleChannel Channel { get; }

    public string Note { get; }

    public decimal Net { get; }

    public decimal Tax { get; }

    public decimal Total { get; }

    /// <summary>Id of the call that it is credited to.</summary>
    public long? Call { get; }

    /// <summary>How one knows.</summary>
    public CallLink? CallLink { get; }
}

/// <summary>A quote as programs read it.</summary>
public sealed record QuoteAnswer : SaleAnswer
{
    internal QuoteAnswer(Named<Quote> found) : base(found.Sale.Head, found.Customer, found.Sale.Totals, found.Sale.Credit)
    {
        var one = found.Sale;
        (Id, Number, Status, Reason, ValidUntil, Author, Team, CreatedAt, NumberedAt, ClosedAt, ChangedAt, ExternalId) =
            (one.Id, one.Number, one.Status, one.Reason, one.ValidUntil, one.Author, one.Team, one.CreatedAt, one.NumberedAt, one.ClosedAt, one.ChangedAt, one.External);
        Lines = [.. one.Lines.Select(line => new QuoteLineAnswer(line, one.Status))];
    }

    public long Id { get; }

    /// <summary>Null until the customer was told for the first time.</summary>
    public string? Number { get; }

    public QuoteStatus Status { get; }

    /// <summary>Why it was rejected.</summary>
    public RejectReason? Reason { get; }

    /// <summary>The last day on which it holds, where the company is.</summary>
    public DateOnly ValidUntil { get; }

    /// <summary>Id of who is credited with it.</summary>
    public string? Author { get; }

    public string? Team { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>When the customer was told for the first time.</summary>
    public DateTimeOffset? NumberedAt { get; }

    public DateTimeOffset? ClosedAt { get; }

    public DateTimeOffset ChangedAt { get; }

    public ExternalId? ExternalId { get; }

    public IReadOnlyList<QuoteLineAnswer> Lines { get; }
}

/// <summary>An order as programs read it.</summary>
public sealed record OrderAnswer : SaleAnswer
{
    internal OrderAnswer(Named<Order> found) : base(found.Sale.Head, found.Customer, found.Sale.Totals, found.Sale.Credit)
    {
        var one = found.Sale;
        (Id, Number, Status, Quote, Author, Team, CreatedAt, ClosedAt, ChangedAt, ExternalId) =
            (one.Id, one.Number, one.Status, one.Quote, one.Author, one.Team, one.CreatedAt, one.ClosedAt, one.ChangedAt, one.External);
        Lines = [.. one.Lines.Select(line => new SaleLineAnswer(line))];
    }

    public long Id { get; }

    public string Number { get; }

    public OrderStatus Status { get; }

    /// <summary>Id of the quote that it takes from.</summary>
    public long? Quote { get; }

    /// <summary>Id of who is credited with it.</summary>
    public string? Author { get; }

    public string? Team { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>When it was delivered or cancelled.</summary>
    public DateTimeOffset? ClosedAt { get; }

    public DateTimeOffset ChangedAt { get; }

    public ExternalId? ExternalId { get; }

    public IReadOnlyList<SaleLineAnswer> Lines { get; }
}
