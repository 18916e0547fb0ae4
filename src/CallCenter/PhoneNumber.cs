using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using PhoneNumbers;

namespace CallCenter;

/// <summary>What sort of number it is. Withheld and internal numbers are never somebody's number.</summary>
public enum NumberKind
{
    /// <summary>Digits that no numbering plan explains.</summary>
    Unknown,
    Mobile,
    Fixed,

    /// <summary>The plan does not tell mobile from fixed, as in North America.</summary>
    FixedOrMobile,
    TollFree,
    Premium,
    Short,

    /// <summary>An extension or another name inside the company's phone system.</summary>
    Internal,

    /// <summary>The caller hid the number, or the network lost it.</summary>
    Withheld,
}

/// <summary>A telephone number as it arrived and as the numbering plan reads it.</summary>
/// <param name="Raw">As the phone system sent it, cut at 128 characters.</param>
/// <param name="E164">Plus sign and digits (ITU-T E.164), or null when it is nobody's number.</param>
/// <param name="Extension">What follows an extension mark (<c>;ext=</c>, <c>x</c>), if anything.</param>
public sealed record PhoneNumber(string Raw, string? E164, string? Extension, NumberKind Kind)
{
    const int RawMax = 128;
    const int CacheMax = 20_000;
    const int InternationalMin = 8;
    const int InternationalLikely = 11;

    // Names that networks and phone systems write where a number should be; Twilio spells "ANONYMOUS", "RESTRICTED"
    // and "BLOCKED" on the keypad.
    static readonly HashSet<string> WithheldNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "anonymous", "anonymous@anonymous.invalid", "restricted", "unavailable", "unknown", "<unknown>", "private", "withheld",
        "blocked", "no caller id", "oculto", "privado", "desconocido", "anonimo", "anónimo", "0", "00", "+", "asserted",
        "+266696687", "266696687", "+7378742883", "7378742883", "+2562533", "2562533", "s", "null",
    };

    static readonly PhoneNumberUtil Plan = PhoneNumberUtil.GetInstance();

    static readonly ConcurrentDictionary<(string Raw, string Country), PhoneNumber> Parsed = new();

    /// <summary>Somebody can be called back on it.</summary>
    [JsonIgnore]
    public bool IsCallable => E164 is not null;

    /// <summary>
    /// What two spellings of one person's number have in common: E.164 without the mobile marks that Argentina (9) and
    /// Mexico (1) write only sometimes. Never shown and never dialled. Null when the number is nobody's.
    /// </summary>
    [JsonIgnore]
    public string? MatchKey => E164 is null ? null : MatchKeyOf(E164);

    public static string MatchKeyOf(string e164) => e164 switch
    {
        ['+', '5', '4', '9', .. var rest] when rest.Length == 10 => "+54" + rest,
        ['+', '5', '2', '1', .. var rest] when rest.Length == 10 => "+52" + rest,
        _ => e164,
    };

    /// <summary>Reads a number as somebody in <paramref name="country"/> (ISO 3166-1 alpha-2) would dial it.</summary>
    public static PhoneNumber Parse(string? raw, string country)
    {
        raw = (raw ?? "").Trim();
        if (raw.Length > RawMax) raw = raw[..RawMax];
        if (Parsed.TryGetValue((raw, country), out var known)) return known;

        var number = Read(raw, country);
        if (Parsed.Count >= CacheMax) Parsed.Clear();
        return Parsed[(raw, country)] = number;
    }

    /// <summary>A country whose numbering plan is known, ISO 3166-1 alpha-2.</summary>
    public static bool IsCountry(string country) => Plan.GetSupportedRegions().Contains(country.ToUpperInvariant());

    public static PhoneNumber Internal(string extension) => new(extension, null, null, NumberKind.Internal);

    /// <summary>The digits of a number in E.164 without its country's.</summary>
    public static string NationalOf(string e164) => Plan.GetNationalSignificantNumber(Plan.Parse(e164, null));

    /// <summary>The digits that somebody in <paramref name="country"/> dials to reach a number in E.164: without the country at home, with the way out abroad.</summary>
    public static string DialledFrom(string country, string e164)
    {
        var written = Plan.FormatOutOfCountryCallingNumber(Plan.Parse(e164, null), country);
        var digits = string.Concat(written.Where(char.IsAsciiDigit));
        return written.StartsWith('+') ? "00" + digits : digits; // a country with several ways out
    }

    static PhoneNumber Read(string raw, string country)
    {
        var address = WithoutScheme(raw);
        if (WithheldNames.Contains(address)) return new(raw, null, null, NumberKind.Withheld);
        if (!address.Any(char.IsAsciiDigit) || address.Any(char.IsAsciiLetter) && !address.Contains("ext", StringComparison.OrdinalIgnoreCase)
            && !address.Contains('x', StringComparison.OrdinalIgnoreCase))
            return new(raw, null, null, NumberKind.Unknown);

        var parsed = ReadPlan(WithoutInternationalPrefix(WithoutAccessCode(address)), country);
        if (parsed is null) return new(raw, null, null, address.Count(char.IsAsciiDigit) <= 6 ? NumberKind.Short : NumberKind.Unknown);

        var extension = parsed.HasExtension ? parsed.Extension : null;
        if (!Plan.IsPossibleNumber(parsed)) return new(raw, null, extension, NumberKind.Short);

        var kind = Plan.GetNumberType(parsed) switch
        {
            PhoneNumberType.MOBILE => NumberKind.Mobile,
            PhoneNumberType.FIXED_LINE => NumberKind.Fixed,
            PhoneNumberType.FIXED_LINE_OR_MOBILE => NumberKind.FixedOrMobile,
            PhoneNumberType.TOLL_FREE => NumberKind.TollFree,
            PhoneNumberType.PREMIUM_RATE or PhoneNumberType.SHARED_COST => NumberKind.Premium,
            _ => NumberKind.Unknown,
        };
        return new(raw, Plan.Format(parsed, PhoneNumberFormat.E164), extension, kind);
    }

    /// <summary>
    /// As dialled at home; if that is nobody's number, as an international number that lost its plus on the way.
    /// </summary>
    static PhoneNumbers.PhoneNumber? ReadPlan(string address, string country)
    {
        var national = TryParse(country == "AR" ? WithBuenosAires(address) : address, country);
        if (national is not null && Plan.IsValidNumber(national)) return national;
        if (national is not null && MendMobileMark(national) is { } mended) return mended;
        var digits = address.Count(char.IsAsciiDigit);
        if (address[0] is '+' or '0' || digits < InternationalMin || TryParse("+" + address, country) is not { } international) return national;
        if (Plan.IsValidNumber(international)) return international;
        // In neither plan: longer than any national number of our countries, so more likely from abroad.
        return MendMobileMark(international) ?? (digits >= InternationalLikely ? international : national);
    }

    static PhoneNumbers.PhoneNumber? TryParse(string address, string country)
    {
        try
        {
            return Plan.Parse(address, country);
        }
        catch (NumberParseException)
        {
            return null;
        }
    }

    /// <summary>Only Buenos Aires has eight digits in a local number, so eight digits, or 15 and eight for a mobile, are from there.</summary>
    static string WithBuenosAires(string address) => address switch
    {
        ['1', '5', .. var local] when local.Length == 8 && local.All(char.IsAsciiDigit) => "+54911" + local,
        [>= '2' and <= '8', ..] when address.Length == 8 && address.All(char.IsAsciiDigit) => "+5411" + address,
        _ => address,
    };

    /// <summary>Mexico dropped the 1 before mobile numbers in 2019; networks still send it.</summary>
    static PhoneNumbers.PhoneNumber? MendMobileMark(PhoneNumbers.PhoneNumber parsed)
    {
        var national = parsed.NationalNumber.ToString(CultureInfo.InvariantCulture);
        if (parsed.CountryCode != 52 || national.Length != 11 || national[0] != '1') return null;

        var mended = new PhoneNumbers.PhoneNumber.Builder().MergeFrom(parsed)
            .SetNationalNumber(ulong.Parse(national.AsSpan(1), CultureInfo.InvariantCulture)).Build();
        return Plan.IsValidNumber(mended) ? mended : null;
    }

    /// <summary>What an operator dials before a number to choose a way out, such as <c>9*</c>, is no part of it.</summary>
    static string WithoutAccessCode(string address)
    {
        var star = address.LastIndexOf('*');
        return star >= 0 && address.Length - star > InternationalMin ? address[(star + 1)..] : address;
    }

    static string WithoutScheme(string raw)
    {
        var text = raw;
        foreach (var scheme in (ReadOnlySpan<string>)["sips:", "sip:", "tel:"])
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) text = text[scheme.Length..];
        var at = text.IndexOf('@');
        return at > 0 ? text[..at] : text;
    }

    static string WithoutInternationalPrefix(string address) =>
        address.StartsWith("00", StringComparison.Ordinal) ? "+" + address[2..] : address;
}
