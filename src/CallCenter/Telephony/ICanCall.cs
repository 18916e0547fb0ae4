using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>
/// A phone system that can be told to place a call. Pure, as all that providers do: it says what has to be sent, <see cref="CallControl"/>
/// sends it.
/// </summary>
interface ICanCall : IProvider
{
    /// <summary>Rings the operator's own telephone, and dials the number for him when he picks up.</summary>
    /// <exception cref="Refusal">A setting that is needed for it is missing or cannot be used.</exception>
    Order Place(Dialling wish, Settings settings);

    /// <summary>Settings that nothing else needs, besides the switch and those whose names begin with <c>dial_</c>.</summary>
    IReadOnlyList<string> ControlNeeds => [];

    /// <summary>What has to be rung for somebody whom the phone system calls by that name.</summary>
    /// <exception cref="Refusal">It is nothing that can be rung.</exception>
    DialString Telephone(string name, Settings settings) => DialString.Extension(name);
}

/// <summary>A phone system that can be told to end a call as well.</summary>
interface ICanHangUp : ICanCall
{
    /// <summary>The call's own id stands for the leg of who placed it as well.</summary>
    bool IsCallTheFirstLeg => true;

    /// <summary>Ends a call by one of its legs, in its own words.</summary>
    /// <exception cref="Refusal">A setting that is needed for it is missing or cannot be used.</exception>
    Order HangUp(DialString leg, Settings settings);
}

/// <param name="News">Where news of this call may be sent; null where nobody knows our address from outside.</param>
sealed record Dialling(DialString Telephone, DialString Number, Uri? News = null);

/// <summary>What the phone systems that can be told to call have in common.</summary>
static class Control
{
    public const string Setting = "control", On = "on", Off = "off";

    /// <summary>Where the operator's own extension goes in a setting that says how telephones are rung.</summary>
    public const string ExtensionMark = "{extension}";

    /// <summary>How long the operator's own telephone rings before it is given up.</summary>
    public const int RingSeconds = 30;

    /// <summary>Off until an administrator wants it: who controls a phone system can run up its bill.</summary>
    public static readonly SettingInfo Switch = new(Setting, Default: Off) { Choices = [Off, On] };

    public static readonly SettingInfo NumberForm = new("dial_form", Default: "national", Rare: true) { Choices = ["national", "e164", "digits"] };

    /// <summary>A setting that only placing calls needs.</summary>
    public static bool IsSetting(ICanCall provider, SettingInfo setting) =>
        !setting.Required && (setting.Key == Setting || setting.Key.StartsWith("dial_", StringComparison.Ordinal) || provider.ControlNeeds.Contains(setting.Key));

    public static bool IsOn(Settings settings) => settings[Setting] == On;

    /// <summary>Where people are asked for by their number there: that of who is listed by name, else the name must be one.</summary>
    /// <exception cref="Refusal">It is none.</exception>
    public static DialString PersonId(string name, Settings settings) => (settings.AddressOf(name) ?? name) is var id && id.All(char.IsAsciiDigit)
        ? DialString.Extension(id)
        : throw new Refusal(RefusalKind.Conflict, "control.setting", "people");

    /// <summary>Somebody listed by name is rung at his number or address, a number as it is; for anything else the setting <c>dial_telephone</c> says how.</summary>
    /// <param name="usual">What holds where nothing is set; where that is nothing, it has to be.</param>
    /// <exception cref="Refusal">It is nothing that can be rung, or nothing says how.</exception>
    public static DialString Telephone(string name, Settings settings, string usual = "")
    {
        if (settings.AddressOf(name) is { } address) return DialString.Address(address);
        if (name.StartsWith('+')) return DialString.Number(name);
        return DialString.Of(settings, "dial_telephone", usual) is { Length: > 0 } telephones
            ? DialString.Address(telephones.Replace(ExtensionMark, DialString.Extension(name).Text, StringComparison.Ordinal))
            : throw new Refusal(RefusalKind.Conflict, "control.setting", "dial_telephone");
    }

    /// <summary>A number with its country and without a plus sign, as many clouds want it; codes and short numbers as they are.</summary>
    public static string Digits(DialString number, Settings settings) => settings.Number(number.Text).E164 is { } e164 ? e164[1..] : number.Text;

    /// <summary>The same with its plus sign.</summary>
    public static string International(DialString number, Settings settings) => settings.Number(number.Text).E164 ?? number.Text;

    /// <summary>The company's number that is shown to who is called: the one that is set, else the first of its own, with its plus sign.</summary>
    /// <exception cref="Refusal">It is none.</exception>
    public static string CallerId(Settings settings) => settings.Number(DialString.Of(settings, "dial_caller_id", settings["lines"].Split(',')[0].Trim())).E164
        ?? throw new Refusal(RefusalKind.Conflict, "control.setting", "dial_caller_id");

    /// <summary>
    /// A number as the phone system's dial plan wants it. Codes and short numbers are left as they are; so is what no numbering
    /// plan explains.
    /// </summary>
    public static string Dialled(DialString number, Settings settings)
    {
        if (number.Text.AsSpan().IndexOfAny('*', '#') >= 0 || settings.Number(number.Text).E164 is not { } e164) return number.Text;
        return DialString.Of(settings, "dial_prefix", "") + settings[NumberForm.Key] switch
        {
            "e164" => e164,
            "digits" => e164[1..],
            _ => PhoneNumber.DialledFrom(settings.Country, e164),
        };
    }
}
