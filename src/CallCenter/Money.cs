using System.Globalization;

namespace CallCenter;

/// <summary>An amount in whole cents of the company's one currency. Exact: nothing that is money passes through floating point.</summary>
/// <remarks>Where a part of a cent arises, it is rounded half away from zero (commercial rounding), once, at the place that says so.</remarks>
public readonly record struct Money(long Cents) : IComparable<Money>
{
    public static readonly Money Zero = new(0);

    /// <summary>More than any invoice, and small enough that sums and products with quantities fit.</summary>
    public static readonly Money Max = new(100_000_000_000_00);

    public decimal Amount => Cents / 100m;

    /// <exception cref="OverflowException">More than <see cref="Max"/>.</exception>
    public static Money Round(decimal amount)
    {
        var cents = Math.Round(amount * 100, MidpointRounding.AwayFromZero);
        return Math.Abs(cents) <= Max.Cents ? new((long)cents) : throw new OverflowException($"{amount} is more money than is kept.");
    }

    /// <summary>
    /// Reads an amount as people and programs write it: <c>1.234,56</c>, <c>1,234.56</c>, <c>1234.5</c>, <c>12</c>, with or without
    /// the currency behind it. The last point or comma is the decimal mark, unless it stands more than once or three digits follow a
    /// lone one and <paramref name="decimalMark"/> is not it.
    /// </summary>
    /// <param name="decimalMark">What the reader's language writes; decides <c>1.234</c>.</param>
    /// <returns>False for what is no amount, and for more decimals than cents have: nothing is rounded unasked.</returns>
    public static bool TryParse(string? text, char decimalMark, out Money amount)
    {
        amount = Zero;
        if (!Numeral.TryParse(text, decimalMark, out var value) || Math.Abs(value) * 100 > Max.Cents || value * 100 % 1 != 0) return false;
        amount = new((long)(value * 100));
        return true;
    }

    public int CompareTo(Money other) => Cents.CompareTo(other.Cents);

    public override string ToString() => Amount.ToString("0.00", CultureInfo.InvariantCulture);

    public static Money operator +(Money a, Money b) => new(checked(a.Cents + b.Cents));

    public static Money operator -(Money a, Money b) => new(checked(a.Cents - b.Cents));

    public static Money operator -(Money a) => new(-a.Cents);

    public static bool operator <(Money a, Money b) => a.Cents < b.Cents;

    public static bool operator >(Money a, Money b) => a.Cents > b.Cents;

    public static bool operator <=(Money a, Money b) => a.Cents <= b.Cents;

    public static bool operator >=(Money a, Money b) => a.Cents >= b.Cents;
}
