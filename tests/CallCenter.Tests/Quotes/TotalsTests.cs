using CallCenter.Quotes;
using CsCheck;

namespace CallCenter.Tests.Quotes;

public class TotalsTests
{
    static readonly decimal[] Rates = [0, 4, 5.2m, 10, 21];

    static readonly Gen<QuoteLine> Lines = Gen.Select(Gen.Int[1, 100_000], Gen.Long[0, 1_000_000_00], Gen.Int[0, 100_00], Gen.Int[0, Rates.Length - 1]).Select((quantity, cents, discount, rate) =>
        new QuoteLine { Quantity = quantity / 1000m, UnitPrice = new Money(cents), DiscountPercent = discount / 100m, TaxPercent = Rates[rate] });

    [Theory]
    [InlineData("3", "19.99", "0", "59.97")]
    [InlineData("1", "0.05", "50", "0.03")] // 0.025
    [InlineData("2.5", "1.01", "0", "2.53")] // 2.525
    [InlineData("0.333", "10.00", "12.5", "2.91")] // 2.91375
    [InlineData("1", "100.00", "33.33", "66.67")]
    [InlineData("7", "12.34", "100", "0.00")]
    [InlineData("100000", "1000000.00", "0", "100000000000.00")]
    public void A_line_is_quantity_times_price_less_discount_rounded_once_half_a_cent_upwards(string quantity, string price, string discount, string net)
    {
        static decimal Of(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(net, new QuoteLine { Quantity = Of(quantity), UnitPrice = Money.Round(Of(price)), DiscountPercent = Of(discount) }.Net.ToString());
    }

    [Fact]
    public void Tax_is_rounded_once_for_each_rate_on_the_sum_of_its_lines()
    {
        // Line by line it would be 3 × 0.01.
        var totals = Totals.Of([Taxed(0.03m, 21), Taxed(0.03m, 21), Taxed(0.03m, 21), Taxed(10, 4)]);
        Assert.Equal([(21m, 9, 2), (4m, 1000, 40)], totals.Taxes.Select(tax => (tax.Percent, (int)tax.Net.Cents, (int)tax.Tax.Cents)));
        Assert.Equal((1009, 42, 1051), ((int)totals.Net.Cents, (int)totals.Tax.Cents, (int)totals.Total.Cents));

        static QuoteLine Taxed(decimal price, decimal percent) => new() { UnitPrice = Money.Round(price), TaxPercent = percent };
    }

    [Fact]
    public void A_line_differs_from_the_exact_product_by_no_more_than_half_a_cent_and_a_discount_never_makes_it_dearer() => Lines.Sample(line =>
    {
        // In whole numbers: thousandths × cents × hundredths of a per cent.
        var exact = (Int128)(long)(line.Quantity * 1000) * line.UnitPrice!.Value.Cents * (100_00 - (long)(line.DiscountPercent * 100));
        var kept = (Int128)line.Net.Cents * 1000 * 100_00;
        var half = (Int128)500 * 100_00;
        return kept - exact <= half && exact - kept < half && line.Net <= (line with { DiscountPercent = 0 }).Net && line.Net >= Money.Zero;
    });

    [Fact]
    public void Sums_agree_in_any_order_of_the_lines() => Gen.Select(Lines.Array[0, 20], Gen.Int).Sample((lines, seed) =>
    {
        var totals = Totals.Of(lines);
        var shuffled = lines.ToArray();
        new Random(seed).Shuffle(shuffled);
        var again = Totals.Of(shuffled);
        return totals.Net.Cents == lines.Sum(line => line.Net.Cents) && totals.Total == totals.Net + totals.Tax && totals.Net.Cents == totals.Taxes.Sum(tax => tax.Net.Cents)
            && totals.Tax.Cents == totals.Taxes.Sum(tax => tax.Tax.Cents) && again.Total == totals.Total && again.Taxes.SequenceEqual(totals.Taxes);
    });
}
