namespace CallCenter.Tests;

public class PhoneNumberTests
{
    [Theory]
    [InlineData("612 34 56 78", "ES", "+34612345678", NumberKind.Mobile)]
    [InlineData("0034 612345678", "ES", "+34612345678", NumberKind.Mobile)]
    [InlineData("+34-612-34-56-78", "AR", "+34612345678", NumberKind.Mobile)]
    [InlineData("sip:+34612345678@example.com;user=phone", "ES", "+34612345678", NumberKind.Mobile)]
    [InlineData("tel:+34912345678", "ES", "+34912345678", NumberKind.Fixed)]
    [InlineData("01142686427", "AR", "+541142686427", NumberKind.Fixed)]
    [InlineData("0111554170418", "AR", "+5491154170418", NumberKind.Mobile)]
    [InlineData("00523344474501", "AR", "+523344474501", NumberKind.FixedOrMobile)]
    [InlineData("+5213393367369", "AR", "+523393367369", NumberKind.FixedOrMobile)]
    [InlineData("5521998299868", "AR", "+5521998299868", NumberKind.Mobile)]
    [InlineData("56921066344", "AR", "+56921066344", NumberKind.FixedOrMobile)]
    [InlineData("9*56948875582", "AR", "+56948875582", NumberKind.FixedOrMobile)]
    [InlineData("1533113816", "AR", "+5491133113816", NumberKind.Mobile)]
    [InlineData("43210001", "AR", "+541143210001", NumberKind.Fixed)]
    [InlineData("2125550127", "US", "+12125550127", NumberKind.FixedOrMobile)]
    public void D20_D21_D22_every_spelling_of_a_number_is_one_number(string raw, string country, string e164, NumberKind kind)
    {
        var number = PhoneNumber.Parse(raw, country);
        Assert.Equal((e164, kind, raw.Trim()), (number.E164, number.Kind, number.Raw));
    }

    [Theory]
    [InlineData("+5491154170418", "01154170418")]
    [InlineData("0111554170418", "1154170418")]
    [InlineData("005213332293913", "+523332293913")]
    [InlineData("2983411353", "+5492983411353")]
    public void D22_networks_write_the_mobile_mark_only_sometimes(string one, string other) =>
        Assert.Equal(PhoneNumber.Parse(one, "AR").MatchKey, PhoneNumber.Parse(other, "AR").MatchKey);

    [Theory]
    [InlineData("anonymous"), InlineData("Anonymous"), InlineData("<unknown>"), InlineData(""), InlineData(null), InlineData("0"), InlineData("unavailable")]
    [InlineData("restricted"), InlineData("+266696687"), InlineData("sip:anonymous@anonymous.invalid"), InlineData("Unavailable")]
    public void D24_a_withheld_number_is_nobodys(string? raw)
    {
        var number = PhoneNumber.Parse(raw, "ES");
        Assert.Equal((NumberKind.Withheld, null, null), (number.Kind, number.E164, number.MatchKey));
    }

    [Theory]
    [InlineData("104", "AR"), InlineData("s", "ES"), InlineData("*45", "ES"), InlineData("h", "ES"), InlineData("' or 1=1 --", "ES")]
    [InlineData("<script>alert(1)</script>", "ES"), InlineData("\0\u202e", "ES"), InlineData("99999999999999999999999999", "ES"), InlineData("12", "ES")]
    public void What_is_no_persons_number_has_no_E164(string raw, string country) => Assert.Null(PhoneNumber.Parse(raw, country).E164);

    [Fact]
    public void D20_numbers_with_the_same_last_digits_are_not_the_same_number() =>
        Assert.NotEqual(PhoneNumber.Parse("+34612345678", "ES").MatchKey, PhoneNumber.Parse("+351612345678", "ES").MatchKey);

    [Fact]
    public void D23_the_plus_survives_and_an_extension_is_told_apart()
    {
        var number = PhoneNumber.Parse("+34 912 345 678 ext. 12", "ES");
        Assert.Equal(("+34912345678", "12"), (number.E164, number.Extension));
    }

    [Fact]
    public void A_very_long_number_is_cut_and_never_throws() =>
        Assert.True(PhoneNumber.Parse(new string('9', 100_000), "ES").Raw.Length <= 128);
}
