using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Recovery.Pages;

/// <summary>What concerns missed calls to be returned, in people's words.</summary>
static class CaseWords
{
    /// <summary>Whose it is; without an owner whoever of the team takes it.</summary>
    public static string OwnerOf(this Personnel personnel, RecoveryCase one, IStringLocalizer<Words> words) =>
        one.OwnerRule == OwnerRule.Nobody ? words["sin equipo"] : personnel.NameOf(one.Owner, words);

    public static string NameOf(this Personnel personnel, string? person, IStringLocalizer<Words> words) =>
        person is null ? words["(equipo)"] : VisibleText.Line(personnel.Now.People.GetValueOrDefault(person)?.Name ?? person, 60);

    /// <summary>A whole number of the unit that fits: 40 s, 14 min, 3 h, 2 días.</summary>
    public static string About(this IStringLocalizer<Words> words, TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => words["{0} s", Math.Max(0, (int)time.TotalSeconds)],
        { TotalMinutes: < 60 } => words["{0} min", (int)time.TotalMinutes],
        { TotalHours: < 48 } => words["{0} h", (int)time.TotalHours],
        _ => words["{0} días", (int)time.TotalDays],
    };

    /// <summary>How a closed case ended, with who and how fast.</summary>
    public static string EndOf(this IStringLocalizer<Words> words, RecoveryCase one, Personnel personnel)
    {
        var after = one.ClosedAt - one.LastMissedAt is { } time ? words.About(time) : "";
        return (one.EndReason, one.ClosedBy) switch
        {
            (CaseEnd.Reached or CaseEnd.CalledBack, { } person) => words["recuperada por {0} en {1}", personnel.NameOf(person, words), after],
            (CaseEnd.Reached or CaseEnd.CalledBack, null) => words["recuperada en {0}", after],
            (CaseEnd.SelfRecovered, _) => words["recuperada por el cliente en {0}", after],
            ({ } reason, { } person) => words["cerrada por {0}: {1}", personnel.NameOf(person, words), words.Name(reason)],
            ({ } reason, null) => words["cerrada: {0}", words.Name(reason)],
            _ => "",
        };
    }

    /// <summary>How often the customer called: 4 en 12 min.</summary>
    public static string CallsOf(this IStringLocalizer<Words> words, RecoveryCase one) =>
        one.Misses == 1 ? "1" : words["{0} en {1}", Show.Count(one.Misses), words.About(one.LastMissedAt - one.FirstMissedAt)];

    /// <summary>The figures behind the value at stake, line by line.</summary>
    public static IEnumerable<(string What, string Figure)> Explain(this IStringLocalizer<Words> words, CaseValue value, string currency)
    {
        yield return (value.IsHis ? words["Este cliente pide"] : words["Quien llama por primera vez pide"], words["{0} de cada 100, por {1} de media", value.OrderPercent, Show.Money(value.OrderCents, currency)]);
        yield return (words["Presupuestos abiertos"], Show.Money(value.QuotesCents, currency));
        yield return (words["Valor al llamar"], Show.Money((long)Math.Round(value.Fresh), currency));
        yield return (words["Hace {0} que llamó: queda", words.About(value.Age)], $"{Math.Round(value.Decay * 100)} %");
        yield return (words["Valor en juego"], Show.Money(value.Cents, currency));
        yield return (words["Urgencia (llamadas: {0}; intentos nuestros: {1})", value.Misses, value.Attempts], $"× {value.Urgency.ToString("0.0#", System.Globalization.CultureInfo.CurrentCulture)}");
    }
}
