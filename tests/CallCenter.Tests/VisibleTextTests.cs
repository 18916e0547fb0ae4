using CallCenter.Telephony;

namespace CallCenter.Tests;

public class VisibleTextTests
{
    [Theory]
    [InlineData("Talleres Ruiz", "Talleres Ruiz")]
    [InlineData("a\0b\u001b[31m", "a␀b␛[31m")]
    [InlineData("\u202Egpj.exe\u2066", "\uFFFDgpj.exe\uFFFD")]
    [InlineData("السلام 🚚", "السلام 🚚")]
    public void Signs_that_do_something_only_stand_there(string typed, string shown) => Assert.Equal(shown, VisibleText.Of(typed));

    [Fact]
    public void Half_a_sign_is_no_sign_and_a_line_ends()
    {
        Assert.Equal("a\uFFFDb\uFFFD", VisibleText.Of("a\uD83Db\uDE9A"));
        Assert.Equal("ab c…", VisibleText.Line(" ab\r\nc🚚d", 5));
        Assert.Equal(201, VisibleText.Line(new string('ñ', 10_000)).Length);
    }

    [Theory]
    [InlineData("application/json", """{"call":"1","auth":{"api_key":"hunter2","n":7},"list":[{"password":"hunter2"}],"pin":1234}""")]
    [InlineData("application/x-www-form-urlencoded", "call=1&Secret=hunter2&access%5Ftoken=hunter2")]
    [InlineData("text/plain", "Action: Login\r\nSecret: hunter2\r\nUsername: ana\r\n")]
    public void What_is_named_like_a_password_is_covered_in_what_is_shown(string type, string body)
    {
        var arrival = new Arrival("c", default, "POST", "https://example.com/webhooks/c?token=hunter2&call=1",
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = type }, System.Text.Encoding.UTF8.GetBytes(body));
        Assert.DoesNotContain("hunter2", ShownBody.Of(arrival));
        Assert.DoesNotContain("1234", ShownBody.Of(arrival));
        Assert.Contains(ShownBody.Covered, ShownBody.Of(arrival));
        Assert.Equal($"https://example.com/webhooks/c?token={ShownBody.Covered}&call=1", ShownBody.Url(arrival));
    }
}
