namespace CallCenter.Telephony;

/// <summary>
/// What a phone system is told to dial, ring or hang up. Nothing but letters, digits and a few signs can be in one, so none can
/// become a second line, another header or another command, whoever wrote it.
/// </summary>
sealed class DialString
{
    public const int NumberMax = 32;
    const int NameMax = 64, AddressMax = 200;

    DialString(string text) => Text = text;

    public string Text { get; }

    public override string ToString() => Text;

    /// <summary>A number as it is typed on a telephone: digits, <c>*</c> and <c>#</c>, and a plus sign before them.</summary>
    /// <exception cref="Refusal">There is anything else in it.</exception>
    public static DialString Number(string? text) => IsNumber(text) ? new(text!) : throw new Refusal(RefusalKind.Invalid, "control.number", NumberMax);

    /// <summary>A telephone of the company.</summary>
    /// <exception cref="Refusal">There is anything in it but letters, digits, dots, hyphens and underscores, or none of the first two.</exception>
    public static DialString Extension(string? text) => IsName(text) ? new(text!) : throw new Refusal(RefusalKind.Invalid, "control.extension", NameMax);

    /// <summary>A leg by the id or the name that the phone system gave it, such as <c>PJSIP/101-0000001a</c> or <c>v3:428c31b6</c>.</summary>
    /// <exception cref="Refusal">There is anything in it that such names do not have.</exception>
    public static DialString Leg(string? text) => IsOf(text, AddressMax, "._-/@;:") && char.IsAsciiLetterOrDigit(text![0]) ? new(text) : throw new Refusal(RefusalKind.Invalid, "control.leg");

    /// <summary>Where a telephone is reached: a number, an extension, or an address such as <c>client:ana</c> or <c>sip:ana@example.com</c>.</summary>
    /// <exception cref="Refusal">There is anything in it that addresses do not have.</exception>
    public static DialString Address(string? text) => IsOf(text, AddressMax, "+._-:@") ? new(text!) : throw new Refusal(RefusalKind.Invalid, "control.extension", NameMax);

    /// <summary>What an administrator wrote once for all calls.</summary>
    /// <exception cref="Refusal">There is something in it that cannot be dialled; <see cref="Check"/> says so when it is written.</exception>
    public static string Of(Settings settings, string key, string otherwise) =>
        settings[key] is not { Length: > 0 } written ? otherwise : IsSetting(written) ? written : throw new Refusal(RefusalKind.Conflict, "control.setting", key);

    public static void Check(ProviderInfo info, Settings settings, List<string> problems)
    {
        foreach (var setting in info.Settings)
            if (setting.Key.StartsWith("dial_", StringComparison.Ordinal) && settings[setting.Key] is { Length: > 0 } written && !IsSetting(written))
                problems.Add($"{setting.Key} holds something that cannot be dialled");
    }

    public static bool IsNumber(string? text) => text is { Length: > 0 and <= NumberMax } && text.Any(char.IsAsciiDigit)
        && text.AsSpan(text[0] == '+' ? 1 : 0).IndexOfAnyExcept("0123456789*#") < 0;

    /// <remarks>Signs alone, such as two dots, would lead elsewhere in an address.</remarks>
    static bool IsName(string? text) => IsOf(text, NameMax, "._-") && text!.Any(char.IsAsciiLetterOrDigit);

    static bool IsSetting(string text) => IsOf(text, AddressMax, "+*#._-/@:;{}");

    static bool IsOf(string? text, int max, string signs) => text is { Length: > 0 } && text.Length <= max
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || signs.Contains(letter, StringComparison.Ordinal));
}
