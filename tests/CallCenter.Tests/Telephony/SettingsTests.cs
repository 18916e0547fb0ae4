using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

public class SettingsTests
{
    static Settings With(params (string Key, string Value)[] values) => new(values.ToDictionary(value => value.Key, value => value.Value));

    [Fact]
    public void Ids_are_shown_under_the_names_an_administrator_gave_them()
    {
        var settings = With(("people", "456=Ana Ruiz, 457 = Luis=Sanz,, 456=Otra"), ("queues", "6400=Ventas,6401"));

        Assert.Equal(("Ana Ruiz", "Luis=Sanz", "458"), (settings.Person("456"), settings.Person("457"), settings.Person("458")));
        Assert.Equal(("Ventas", "6401", null), (settings.Queue("6400"), settings.Queue("6401"), settings.Queue("6402")));
        Assert.Null(Settings.Empty.Queue(""));
        Assert.Equal(("80", null), (With(("devices", "80=Ana Ruiz")).IdOf("devices", "Ana Ruiz"), settings.IdOf("devices", "Ana Ruiz")));
    }

    [Theory]
    [InlineData("910000000", true), InlineData("+34910000000", true), InlineData("0034 910 000 000", true), InlineData("910000001", false), InlineData("anonymous", false)]
    public void A_line_is_known_in_any_spelling(string number, bool isLine)
    {
        var settings = With(("lines", "+34 910 000 000, 112"));

        Assert.Equal(isLine, settings.IsLine(settings.Number(number)));
        Assert.True(settings.IsLine(settings.Number("112")));
        Assert.False(settings.IsLine(null));
    }
}
