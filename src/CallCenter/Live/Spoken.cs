using System.Globalization;

namespace CallCenter.Live;

/// <summary>The language of a screen. Whoever tells it of a change is another thread, which speaks the server's.</summary>
readonly record struct Spoken(CultureInfo Numbers, CultureInfo Words)
{
    /// <summary>As it is spoken where this is asked: while the screen is made.</summary>
    public static Spoken Here => new(CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);

    public void Speak() => (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (Numbers, Words);
}
