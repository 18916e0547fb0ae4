using System.Globalization;
using CsCheck;

namespace CallCenter.Tests;

public class MoneyTests
{
    [Theory]
    [InlineData("1.234,56", 123456)]
    [InlineData("1,234.56", 123456)]
    [InlineData("1234.5", 123450)]
    [InlineData("1234,5 €", 123450)]
    [InlineData("12 EUR", 1200)]
    [InlineData(" 1 234,50 ", 123450)]
    [InlineData("1'234.50", 123450)]
    [InlineData("-3,20", -320)]
    [InlineData("1.234.567", 123456700)]
    [InlineData("0,120", 12)]
    [InlineData("1.234", 123400)] // a Spanish thousand
    [InlineData("0.500", 50)] // no thousand begins with nought
    [InlineData("7,000", 700)]
    public void An_amount_is_read_however_it_is_written(string text, long cents)
    {
        Assert.True(Money.TryParse(text, ',', out var amount), text);
        Assert.Equal(cents, amount.Cents);
    }

    [Fact]
    public void The_language_decides_what_three_digits_after_a_lone_mark_are()
    {
        Assert.True(Money.TryParse("1.230", '.', out var english));
        Assert.True(Money.TryParse("1.230", ',', out var spanish));
        Assert.Equal((123, 123000), (english.Cents, spanish.Cents));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("doce")]
    [InlineData("12,345")] // a thousandth of something, in Spanish: nothing is rounded unasked
    [InlineData("1,2,3")]
    [InlineData("1.23.456")]
    [InlineData("1e5")]
    [InlineData("--1")]
    [InlineData("10.000.000.000.000")]
    [InlineData("99999999999999999999999999999999999999999999999")]
    public void What_is_no_amount_in_whole_cents_is_none(string? text) => Assert.False(Money.TryParse(text, ',', out _));

    [Fact]
    public void What_is_written_is_read_back() => Gen.Long[-Money.Max.Cents / 10_000, Money.Max.Cents / 10_000].Sample(cents =>
    {
        var money = new Money(cents);
        var spanish = CultureInfo.GetCultureInfo("es-ES");
        return Money.TryParse(money.ToString(), '.', out var plain) && plain == money
            && Money.TryParse(money.Amount.ToString("N2", spanish), ',', out var grouped) && grouped == money
            && Money.TryParse(money.Amount.ToString("N2", CultureInfo.InvariantCulture) + " EUR", '.', out var english) && english == money;
    });

    [Fact]
    public void Half_a_cent_goes_away_from_nought()
    {
        Assert.Equal(new Money(101), Money.Round(1.005m));
        Assert.Equal(new Money(-101), Money.Round(-1.005m));
        Assert.Throws<OverflowException>(() => Money.Round(1e15m));
    }
}
