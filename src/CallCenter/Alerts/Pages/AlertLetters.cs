using System.Globalization;
using CallCenter.Mail;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Alerts.Pages;

/// <summary>Writes the mails about alerts: to one of our people in his language and zone, to all others as most of our people are.</summary>
sealed class AlertLetters(IStringLocalizer<Words> words, AlertWords say, Personnel personnel, ServerOptions options)
{
    const string UsualLanguage = "es", UsualZone = "Europe/Madrid";

    public Letter Write(KeptAlert alert, string recipient)
    {
        var person = personnel.Now.People.Values.FirstOrDefault(person => person.MaySignIn && person.Email.Equals(recipient, StringComparison.OrdinalIgnoreCase));
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(person?.Language ?? UsualLanguage);
        try
        {
            var sentence = say.Say(alert);
            var zone = TimeZoneInfo.TryFindSystemTimeZoneById(person?.TimeZone ?? UsualZone, out var known) ? known : TimeZoneInfo.Utc;
            var at = TimeZoneInfo.ConvertTime(alert.At, zone).ToString("d MMM yyyy HH:mm", CultureInfo.CurrentCulture);
            return new Letter(recipient, words["Aviso: {0}", sentence], words["letter.alert", sentence, at, options.PublicUrl?.ToString() ?? options.Urls.FirstOrDefault() ?? ServerOptions.DefaultUrl]);
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before;
        }
    }
}
