using System.Text;
using System.Text.Json;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;
using CsCheck;

namespace CallCenter.Tests.Telephony;

/// <summary>What is dialled can be nothing but that, whatever somebody writes.</summary>
public sealed class DialStringTests
{
    /// <summary>Much of it nearly a number, with what would break out of its place.</summary>
    static readonly Gen<string> Written = Gen.OneOf(Gen.Char["0123456789+*#"], Gen.Char["\r\n\0,;:{}&|<>\"'() \t/@$\u2028\u0661é"], Gen.Char["abcXYZ._-"], Gen.Char).Array[0, 40].Select(letters => new string(letters));

    static readonly IReadOnlyDictionary<string, ICanCall> Systems = Catalogue.All.Values.OfType<ICanCall>().ToDictionary(provider => provider.Info.Id);

    static readonly Uri News = new("https://calls.example.com/webhooks/c");

    static readonly string[] Hosts = ["api.twilio.com", "api.aircall.io", "api.zadarma.com", "dialpad.com", "my.cloudtalk.io", "pbx.example.com", "api.plivo.com", "api.telnyx.com", "api.nexmo.com", "voice.bandwidth.com", "platform.ringcentral.com"];

    static Settings SetOf(ICanCall provider)
    {
        var set = new Dictionary<string, string>
        {
            ["country"] = "ES",
            ["account_sid"] = "AC123",
            ["auth_token"] = "x",
            ["lines"] = "+34910000000",
            ["dial_gateway"] = "carrier",
            ["api_key"] = "k",
            ["api_secret"] = "s",
            ["dial_number_id"] = "7",
            ["auth_id"] = "MA1",
            ["project_id"] = "p-1",
            ["dial_telephone"] = provider.Info.Id is "signalwire" or "bandwidth" ? "sip:{extension}@example.sip.signalwire.com" : "",
            ["connection_id"] = "1",
            ["client_id"] = "c",
            ["client_secret"] = "s",
            ["account_id"] = "9900000",
            ["application_id"] = "a-1",
        };
        if (provider.Info.Settings.Any(setting => setting is { Key: CloudAddress.Setting, Default: null or "" })) set[CloudAddress.Setting] = "pbx.example.com";
        return new(set);
    }

    [Theory, InlineData("600111222"), InlineData("+34600111222"), InlineData("*45"), InlineData("#31#600111222")]
    public void A_number_as_it_is_typed_is_dialled(string number) => Assert.Equal(number, DialString.Number(number).Text);

    [Theory, InlineData(null), InlineData(""), InlineData("+"), InlineData("*#"), InlineData("600 111"), InlineData("600,111"), InlineData("600\r\nAction: Command"), InlineData("600\0"), InlineData("6+00"),
        InlineData("٦٠٠"), InlineData("600111222&SIP/trunk"), InlineData("123456789012345678901234567890123")]
    public void Anything_else_is_refused(string? number) => Assert.Equal("control.number", Assert.Throws<Refusal>(() => DialString.Number(number)).Code);

    [Theory, InlineData("101@trunk"), InlineData("101\n"), InlineData("101/n"), InlineData("Ana Ruiz"), InlineData("101,1"), InlineData("{a=b}101"), InlineData(""), InlineData("."), InlineData("..")]
    public void An_extension_is_no_way_to_somewhere_else(string extension) => Assert.Throws<Refusal>(() => DialString.Extension(extension));

    [Theory, InlineData("/.*/"), InlineData("1 all"), InlineData("a\nb"), InlineData("")]
    public void A_leg_is_one_leg(string leg) => Assert.Throws<Refusal>(() => DialString.Leg(leg));

    [Fact]
    public void No_input_yields_a_second_line_or_another_header() => Gen.Select(Written, Written, Written).Sample((extension, number, leg) =>
    {
        foreach (var provider in Systems.Values)
        {
            var set = SetOf(provider);
            foreach (var order in (Func<Order>[])[() => provider.Place(new Dialling(provider.Telephone(extension, set), DialString.Number(number), News), set), () => provider is ICanHangUp able ? able.HangUp(DialString.Leg(leg), set) : throw new Refusal(RefusalKind.Conflict, "control.cannot-hang-up")])
                try
                {
                    Check(order());
                }
                catch (Refusal refusal)
                {
                    Assert.StartsWith("control.", refusal.Code);
                }
        }
    }, iter: 20_000);

    static void Check(Order order)
    {
        switch (order)
        {
            case AmiOrder ami:
                var lines = Encoding.UTF8.GetString(AmiAction.Spell(ami.Action, "id", ami.Fields)).Split("\r\n");
                Assert.Equal(["Action", "ActionID", .. ami.Fields.Select(field => field.Key), "", ""], lines.Select(line => line.Split(": ")[0]));
                Assert.All(lines, line => Assert.DoesNotContain(line, letter => char.IsControl(letter) || letter == ','));
                break;
            case EslOrder esl:
                var command = Encoding.UTF8.GetString(EslCommand.Do(esl, "id"));
                Assert.Equal(4, command.Split('\n').Length); // the command, its id, and the empty line
                Assert.DoesNotContain('\0', command);
                Assert.Equal(esl.Words.Length + 2, command.Split('\n')[0].Split(' ').Length);
                break;
            case WebOrder web:
                Assert.Contains(web.Request.Address.Host, Hosts);
                Assert.Matches("^(/2010-04-01/Accounts/AC123/(Calls|Calls/[A-Za-z0-9%._-]+)\\.json|/v1/users/[0-9]+/calls|/v1/request/callback/|/api/v2/call(/[A-Za-z0-9%._-]+/actions/hangup)?|/api/calls/create\\.json|/callcontrol/[A-Za-z0-9._-]+/makecall|/v1/Account/MA1/Call/([A-Za-z0-9%._-]+/)?|/api/laml/2010-04-01/Accounts/p-1/(Calls|Calls/[A-Za-z0-9%._-]+)\\.json|/v2/calls(/[A-Za-z0-9%._-]+/actions/hangup)?|/v1/calls(/[A-Za-z0-9%._-]+)?|/openapi/v1\\.0/call/(dial|hangup)|/api/v2/accounts/9900000/calls(/[A-Za-z0-9%._-]+)?|/restapi/v1\\.0/account/~/telephony/(call-out|sessions/[A-Za-z0-9%._-]+(/parties/[A-Za-z0-9%._-]*)?))$", web.Request.Address.AbsolutePath);
                Assert.Matches("^(\\?format=json&from=[A-Za-z0-9%._-]+&to=[A-Za-z0-9%._-]+)?$", web.Request.Address.Query);
                if (web.Request.ContentType == "application/json") using (JsonDocument.Parse(web.Request.Body)) { }
                if (Form.Of(Encoding.UTF8.GetBytes(web.Request.Body)).Text("Twiml") is { } twiml)
                    Assert.Matches("^<Response><Dial callerId=\"\\+34910000000\"><Number statusCallback=\"https://calls\\.example\\.com/webhooks/c\" statusCallbackEvent=\"initiated ringing answered completed\">[0-9+*#]+</Number></Dial></Response>$", twiml);
                break;
        }
    }

    [Theory]
    [InlineData("+34600111222", "", "", "600111222"), InlineData("600111222", "e164", "", "+34600111222"), InlineData("+541142686427", "", "0", "000541142686427"),
        InlineData("+541142686427", "digits", "", "541142686427"), InlineData("*45", "e164", "0", "*45"), InlineData("112", "", "9", "112")]
    public void A_number_is_dialled_as_the_dial_plan_wants_it(string number, string form, string prefix, string dialled) =>
        Assert.Equal(dialled, Control.Dialled(DialString.Number(number), new Settings(new Dictionary<string, string> { ["country"] = "ES", ["dial_form"] = form, ["dial_prefix"] = prefix })));

    [Theory, InlineData("asterisk", "dial_context", "a,b"), InlineData("asterisk", "dial_telephone", "PJSIP/{extension}\r\nX: y"), InlineData("freeswitch", "dial_gateway", "a) b"), InlineData("freeswitch", "dial_context", "a b")]
    public void A_setting_that_cannot_be_dialled_is_told_when_it_is_written(string provider, string key, string value)
    {
        var settings = new Settings(new Dictionary<string, string> { [key] = value });
        Assert.Contains($"{key} holds something that cannot be dialled", Catalogue.Find(provider).Problems(settings));
        Assert.Equal("control.setting", Assert.Throws<Refusal>(() => Systems[provider].Place(new Dialling(DialString.Extension("101"), DialString.Number("600111222")), settings)).Code);
    }

    [Theory, InlineData("api.twilio.com/x?"), InlineData("user@evil.example"), InlineData("evil.example#"), InlineData("a b")]
    public void The_server_of_a_cloud_is_a_host_and_nothing_more(string host) =>
        Assert.Equal("control.setting", Assert.Throws<Refusal>(() => ((ICanHangUp)Systems["twilio"]).HangUp(DialString.Leg("CA1"), new Settings(new Dictionary<string, string> { ["account_sid"] = "AC1", ["api_host"] = host }))).Code);
}
