using CallCenter.Customers;
using CallCenter.Storage;

namespace CallCenter.Quotes;

/// <summary>Quotes, orders and their lines as rows, and back. The columns that both have are written and read here once.</summary>
static class SaleRow
{
    static readonly string[] Head = ["customer_id", "contact", "branch", "plate", "vin", "requested_by", "request_number", "channel", "note"];

    static readonly string[] Rest =
        ["author", "team_id", "created_at", "closed_at", "changed_at", "changed_by", "call_id", "call_link", "call_linked_at", "call_linked_by", "net_cents", "total_cents", "system", "external_id", "version"];

    static readonly string[] Line = ["place", "part_id", "brand", "reference", "description", "quantity", "unit_cents", "discount", "tax", "availability", "net_cents"];

    static readonly string[] QuoteParameters = ["id", "number", "status", "reject_reason", "customer_fixed", "valid_until", "numbered_at", "draft_of", .. Head, .. Rest];
    static readonly string[] OrderParameters = ["id", "number", "status", "quote_id", .. Head, .. Rest];
    static readonly string[] QuoteLineParameters = ["id", "quote_id", "rejected", "ordered", .. Line];
    static readonly string[] OrderLineParameters = ["id", "order_id", "quote_line", .. Line];

    public static readonly string QuoteColumns = string.Join(", ", QuoteParameters);
    public static readonly string OrderColumns = string.Join(", ", OrderParameters);
    public static readonly string QuoteLineColumns = string.Join(", ", QuoteLineParameters);
    public static readonly string OrderLineColumns = string.Join(", ", OrderLineParameters);

    public static readonly Insertion UpsertQuote = Upsert("quotes", QuoteParameters);
    public static readonly Insertion UpsertOrder = Upsert("orders", OrderParameters);
    public static readonly Insertion UpsertQuoteLine = Upsert("quote_lines", QuoteLineParameters);
    public static readonly Insertion InsertOrderLine = new("order_lines", OrderLineParameters);

    public static object?[] Values(Quote quote) =>
    [
        quote.Id, quote.Number, $"{quote.Status}", quote.Reason?.ToString(), quote.IsCustomerChosen ? 1 : 0, DayOf(quote.ValidUntil), Ms(quote.NumberedAt), quote.DraftOf, .. Values(quote.Head),
        quote.Author, quote.Team, Ms(quote.CreatedAt), Ms(quote.ClosedAt), Ms(quote.ChangedAt), quote.ChangedBy, .. Values(quote.Credit), quote.Totals.Net.Cents, quote.Totals.Total.Cents,
        quote.External?.System, quote.External?.Id, quote.Version,
    ];

    public static object?[] Values(Order order) =>
    [
        order.Id, order.Number, $"{order.Status}", order.Quote, .. Values(order.Head),
        order.Author, order.Team, Ms(order.CreatedAt), Ms(order.ClosedAt), Ms(order.ChangedAt), order.ChangedBy, .. Values(order.Credit), order.Totals.Net.Cents, order.Totals.Total.Cents,
        order.External?.System, order.External?.Id, order.Version,
    ];

    public static object?[] Values(QuoteLine line, long quote, int place) => [line.Id, quote, line.IsRejected ? 1 : 0, Scaled(line.Ordered, SaleLine.QuantityPlaces), .. Values(line, place)];

    public static object?[] Values(OrderLine line, long order, int place) => [line.Id, order, line.From, .. Values(line, place)];

    /// <summary>From a row that begins with <see cref="QuoteColumns"/>; the lines are read apart.</summary>
    public static Quote ReadQuote(IRow row)
    {
        var next = new Columns(row);
        return new Quote
        {
            Id = next.Long(),
            Number = next.Text(),
            Status = Enum.Parse<QuoteStatus>(next.Text()!),
            Reason = next.Text() is { } reason ? Enum.Parse<RejectReason>(reason) : null,
            IsCustomerChosen = next.Long() != 0,
            ValidUntil = ReadDay(next.Long()),
            NumberedAt = next.At(),
            DraftOf = next.Maybe(),
            Head = ReadHead(next),
            Author = next.Text(),
            Team = next.Text(),
            CreatedAt = next.At()!.Value,
            ClosedAt = next.At(),
            ChangedAt = next.At()!.Value,
            ChangedBy = next.Text()!,
            Credit = ReadCredit(next),
            External = ReadExternal(next.Skip(2)),
            Version = next.Long(),
        };
    }

    /// <summary>From a row that begins with <see cref="OrderColumns"/>; the lines are read apart.</summary>
    public static Order ReadOrder(IRow row)
    {
        var next = new Columns(row);
        return new Order
        {
            Id = next.Long(),
            Number = next.Text()!,
            Status = Enum.Parse<OrderStatus>(next.Text()!),
            Quote = next.Maybe(),
            Head = ReadHead(next),
            Author = next.Text(),
            Team = next.Text(),
            CreatedAt = next.At()!.Value,
            ClosedAt = next.At(),
            ChangedAt = next.At()!.Value,
            ChangedBy = next.Text()!,
            Credit = ReadCredit(next),
            External = ReadExternal(next.Skip(2)),
            Version = next.Long(),
        };
    }

    public static (long Quote, QuoteLine Line) ReadQuoteLine(IRow row)
    {
        var next = new Columns(row);
        var (id, quote, isRejected, ordered) = (next.Text()!, next.Long(), next.Long() != 0, Unscaled(next.Long(), SaleLine.QuantityPlaces));
        return (quote, ReadLine(new QuoteLine { Id = id, IsRejected = isRejected, Ordered = ordered }, next));
    }

    public static (long Order, OrderLine Line) ReadOrderLine(IRow row)
    {
        var next = new Columns(row);
        var (id, order, from) = (next.Text()!, next.Long(), next.Text());
        return (order, ReadLine(new OrderLine { Id = id, From = from }, next));
    }

    public static int DayOf(DateOnly day) => day.Year * 10_000 + day.Month * 100 + day.Day;

    static DateOnly ReadDay(long day) => new((int)(day / 10_000), (int)(day / 100 % 100), (int)(day % 100));

    static object?[] Values(SaleHead head) => [head.Customer, head.Contact, head.Branch, head.Plate, head.Vin, head.RequestedBy, head.RequestNumber, $"{head.Channel}", head.Note];

    static object?[] Values(CallCredit? credit) => [credit?.Call, credit?.Link.ToString(), Ms(credit?.At), credit?.By];

    static object?[] Values(SaleLine line, int place) =>
    [
        place, line.Part, line.Brand, line.Reference, line.Description, Scaled(line.Quantity, SaleLine.QuantityPlaces), line.UnitPrice?.Cents,
        Scaled(line.DiscountPercent, SaleLine.PercentPlaces), Scaled(line.TaxPercent, SaleLine.PercentPlaces), line.Availability, line.Net.Cents,
    ];

    static SaleHead ReadHead(Columns next) => new(
        next.Maybe(), next.Text()!, next.Text()!, next.Text()!, next.Text()!, next.Text()!, next.Text()!, Enum.Parse<SaleChannel>(next.Text()!), next.Text()!);

    static CallCredit? ReadCredit(Columns next)
    {
        var (call, link, at, by) = (next.Maybe(), next.Text(), next.At(), next.Text());
        return link is null ? null : new CallCredit(call, Enum.Parse<CallLink>(link), at!.Value, by);
    }

    static ExternalId? ReadExternal(Columns next) => (next.Text(), next.Text()) is ({ } system, { } id) ? new ExternalId(system, id) : null;

    static T ReadLine<T>(T line, Columns next) where T : SaleLine
    {
        next.Skip(1);
        return line with
        {
            Part = next.Maybe(),
            Brand = next.Text()!,
            Reference = next.Text()!,
            Description = next.Text()!,
            Quantity = Unscaled(next.Long(), SaleLine.QuantityPlaces),
            UnitPrice = next.Maybe() is { } cents ? new Money(cents) : null,
            DiscountPercent = Unscaled(next.Long(), SaleLine.PercentPlaces),
            TaxPercent = Unscaled(next.Long(), SaleLine.PercentPlaces),
            Availability = next.Text()!,
        };
    }

    /// <summary>As a whole number of its smallest part. What has more decimals was refused before.</summary>
    static long Scaled(decimal number, int places) => (long)(number * Power(places));

    static decimal Unscaled(long number, int places) => number / Power(places);

    static decimal Power(int places) => places switch { 2 => 100, 3 => 1000, _ => throw new InvalidOperationException($"No rule for {places} decimals.") };

    static long? Ms(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    static Insertion Upsert(string table, string[] columns) => new(table, columns, $"on conflict (id) do update set {string.Join(", ", columns.Skip(1).Select(name => $"{name} = excluded.{name}"))}");

    /// <summary>The columns of a row one after another.</summary>
    sealed class Columns(IRow row)
    {
        int at;

        public long Long() => row.Long(at++);

        public long? Maybe() => row.IsNull(at++) ? null : row.Long(at - 1);

        public string? Text() => row.IsNull(at++) ? null : row.Text(at - 1);

        public DateTimeOffset? At() => Maybe() is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

        public Columns Skip(int columns)
        {
            at += columns;
            return this;
        }
    }
}
