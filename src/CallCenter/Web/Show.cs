using System.Globalization;
using PhoneNumbers;

namespace CallCenter.Web;

/// <summary>How people read things: times in their zone, durations, numbers, telephone numbers.</summary>
static class Show
{
    static readonly PhoneNumberUtil Plan = PhoneNumberUtil.GetInstance();

    /// <summary>Date and time to the second in the viewer's zone.</summary>
    public static string Exact(DateTimeOffset at, Viewer? viewer) =>
        TimeZoneInfo.ConvertTime(at, viewer?.Zone ?? TimeZoneInfo.Utc).ToString("d MMM yyyy HH:mm:ss", CultureInfo.CurrentCulture);

    public static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.CurrentCulture);

    public static string Weekday(DayOfWeek day)
    {
        var name = CultureInfo.CurrentCulture.DateTimeFormat.GetDayName(day);
        return char.ToUpper(name[0], CultureInfo.CurrentCulture) + name[1..];
    }

    public static string Clock(DateTimeOffset at, Viewer? viewer) =>
        TimeZoneInfo.ConvertTime(at, viewer?.Zone ?? TimeZoneInfo.Utc).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>For steps that follow each other within a second.</summary>
    public static string Millis(DateTimeOffset at, Viewer? viewer) =>
        TimeZoneInfo.ConvertTime(at, viewer?.Zone ?? TimeZoneInfo.Utc).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>mm:ss, over an hour h:mm:ss.</summary>
    public static string Duration(double seconds)
    {
        var whole = TimeSpan.FromSeconds(Math.Floor(Math.Max(0, seconds)));
        return whole.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)whole.TotalHours}:{whole.Minutes:00}:{whole.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{whole.Minutes:00}:{whole.Seconds:00}");
    }

    /// <summary>With the reader's separators; Spanish leaves a space in 1 284 as the house style asks.</summary>
    public static string Count(long number) => number.ToString("#,0", Format);

    static string Figure(decimal number, string format) => number.ToString(format, Format);

    static NumberFormatInfo Format => CultureInfo.CurrentCulture.TwoLetterISOLanguageName == "es" ? Spanish : CultureInfo.CurrentCulture.NumberFormat;

    static readonly NumberFormatInfo Spanish = NumberFormatInfo.ReadOnly(new() { NumberGroupSeparator = "\u00a0", NumberDecimalSeparator = "," });

    /// <summary>Whole units, as lists show money: 3 940 EUR.</summary>
    public static string Money(long cents, string currency) => $"{Count((long)Math.Round(cents / 100m, MidpointRounding.AwayFromZero))}\u00a0{currency}";

    /// <summary>To the cent, as prices are: 1 234,50 EUR.</summary>
    public static string Price(Money price, string currency) => $"{Figure(price.Amount, "#,0.00")}\u00a0{currency}";

    /// <summary>Pieces, or parts of litres and metres.</summary>
    public static string Quantity(decimal quantity) => Figure(quantity, "#,0.###");

    /// <summary>As people at home write it: national there, international from elsewhere; what is no number as it came.</summary>
    public static string Phone(PhoneNumber number, string home)
    {
        if (number.E164 is null) return number.Raw;
        try
        {
            var parsed = Plan.Parse(number.E164, null);
            var format = Plan.GetRegionCodeForNumber(parsed) == home ? PhoneNumberFormat.NATIONAL : PhoneNumberFormat.INTERNATIONAL;
            return Plan.Format(parsed, format);
        }
        catch (NumberParseException)
        {
            return number.E164;
        }
    }
}
