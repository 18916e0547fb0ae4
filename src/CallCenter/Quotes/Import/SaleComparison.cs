using System.Globalization;
using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Quotes.Import;

public enum SaleVerdict
{
    Added,
    Changed,
    Same,
    Refused,
}

/// <summary>A quote or an order as people see at a glance what it is.</summary>
/// <param name="Status">Name of the <see cref="QuoteStatus"/> or <see cref="OrderStatus"/>.</param>
sealed record SaleGlance(long Id, string? Number, string Status, SaleHead Head, int Lines, Money Total)
{
    public static SaleGlance Of(Quote quote) => new(quote.Id, quote.Number, $"{quote.Status}", quote.Head, quote.Lines.Count, quote.Totals.Total);

    public static SaleGlance Of(Order order) => new(order.Id, order.Number, $"{order.Status}", order.Head, order.Lines.Count, order.Totals.Total);
}

/// <summary>What the lines of one document would come to.</summary>
/// <param name="Before">Null for a new one.</param>
/// <param name="After">Null when it cannot be taken.</param>
/// <param name="Save">Writes it, in the turns in which it was compared.</param>
/// <param name="Faults">Why it cannot be: one line, or all together.</param>
sealed record ComparedSale(IReadOnlyList<SaleFileLine> Lines, SaleGlance? Before, SaleGlance? After, bool IsSame, Func<Actor, Task>? Save, IReadOnlyList<LineFault> Faults)
{
    public long FirstLine => Lines[0].First;

    public string Document => Lines[0].Document;

    public SaleVerdict Verdict => After is null ? SaleVerdict.Refused : Before is null ? SaleVerdict.Added : IsSame ? SaleVerdict.Same : SaleVerdict.Changed;
}

/// <summary>Compares the documents of a file with the quotes or orders there are. A document is found by what its program calls it.</summary>
sealed class SaleComparison(ForeignSales sales)
{
    /// <param name="lines">All of one document, in their order.</param>
    public async Task<ComparedSale> Compare(Tx tx, IReadOnlyList<SaleFileLine> lines, SaleImport import)
    {
        try
        {
            return await Decide(tx, lines, import.Mapping!, import.OfOrders);
        }
        catch (LineRefusal refusal)
        {
            return Refused(lines, refusal.Line, refusal.Why);
        }
        catch (Refusal refusal)
        {
            return Refused(lines, lines[0], refusal);
        }
    }

    async Task<ComparedSale> Decide(Tx tx, IReadOnlyList<SaleFileLine> lines, SaleMapping mapping, bool ofOrders)
    {
        var said = SaleFileLine.Together(lines, mapping);
        var (id, customer) = (new ExternalId(mapping.System, lines[0].Document), await CustomerOf(tx, said));
        if (ofOrders)
        {
            var wish = SaleFileLine.Over(new OrderWish { Status = SaleFileLine.Named<OrderStatus>(said, SaleField.Status), QuoteExternalId = said.Head.GetValueOrDefault(SaleField.Quote) }, said, lines, mapping, customer);
            var (before, after) = await sales.Decide(tx, id, wish);
            return new(lines, before is null ? null : SaleGlance.Of(before), SaleGlance.Of(after), ForeignSales.IsSame(before, after), by => sales.Save(tx, before, after, by), []);
        }
        else
        {
            var until = said.Head.GetValueOrDefault(SaleField.ValidUntil);
            var wish = SaleFileLine.Over(
                new QuoteWish
                {
                    Status = SaleFileLine.Named<QuoteStatus>(said, SaleField.Status),
                    Reason = SaleFileLine.Named<RejectReason>(said, SaleField.Reason),
                    ValidUntil = until is null ? null : DateOnly.Parse(until, CultureInfo.InvariantCulture),
                }, said, lines, mapping, customer);
            var (before, after) = await sales.Decide(tx, id, wish);
            return new(lines, before is null ? null : SaleGlance.Of(before), SaleGlance.Of(after), ForeignSales.IsSame(before, after), by => sales.Save(tx, before, after, by), []);
        }
    }

    /// <summary>By the tax id, where the file has no id of his.</summary>
    /// <exception cref="Refusal">Nobody has it, or several do.</exception>
    static async Task<long?> CustomerOf(Tx tx, SaleSaid said)
    {
        if (said.Head.ContainsKey(SaleField.Customer) || !said.Head.TryGetValue(SaleField.TaxId, out var written)) return null;
        var found = await tx.List<long>("select id from customers where tax_key = @key and merged_into is null order by case when archived_at is null then 0 else 1 end, id limit 2", new { key = Spelled.TaxId(written) ?? "" });
        return found switch
        {
            [] => throw new Refusal(RefusalKind.NotFound, "customer.unknown", written),
            [var only] => only,
            _ => throw new Refusal(RefusalKind.Invalid, "sale-import.several", written),
        };
    }

    /// <summary>One that is not whole is not taken: its other lines say because of which.</summary>
    static ComparedSale Refused(IReadOnlyList<SaleFileLine> lines, SaleFileLine of, Refusal why) => new(lines, null, null, false, null,
        [.. lines.Select(line => new LineFault(line.Line, line == of ? why : line.Fault ?? new Refusal(RefusalKind.Invalid, "sale-import.with-line", line.Document, of.Line), line.Content))]);
}
