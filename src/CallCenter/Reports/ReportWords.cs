using System.Globalization;
using CallCenter.Calls;
using CallCenter.Figures.Pages;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Reports;

/// <summary>Reports as people read them.</summary>
static class ReportWords
{
    /// <param name="report">Null for the morning brief.</param>
    public static string TitleOf(this IStringLocalizer<Words> words, Report? report) => words[report is null ? "Resumen de la mañana" : $"Report.{report.Name}"];

    public static string TitleOf(this IStringLocalizer<Words> words, ReportColumn column) => words[column.TitleKey];

    public static string MeaningOf(this IStringLocalizer<Words> words, ReportColumn column, ReportTable table) => words[column.MeansKey, table.Question.Rules.ServiceSeconds, table.Question.Rules.ShortSeconds];

    public static string NameOf(this IStringLocalizer<Words> words, Report report, ReportRow row, string home) => row.Key switch
    {
        null => row.IsOthers ? words["Otros operadores"] : words[report.NoneTitle],
        DateOnly day => Show.Day(day),
        TimeOnly time => time.ToString("HH:mm", CultureInfo.InvariantCulture),
        DayOfWeek day => Show.Weekday(day),
        _ when report is ByLine => CallNames.Line($"{row.Key}", home),
        _ => VisibleText.Line($"{row.Key}", 80),
    };

    /// <summary>A dash where there was nothing to divide by.</summary>
    public static string Say(object? value, CellKind kind, string currency) => (value, kind) switch
    {
        (null, _) => "–",
        (long count, _) => Show.Count(count),
        (Money money, _) => Show.Money(money.Cents, currency),
        (_, CellKind.Share) => FigureWords.Percent(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        (_, CellKind.Seconds) => Show.Duration(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => throw new InvalidOperationException($"No words for {value} as {kind}."),
    };

    /// <summary>Of which calls and of when: what stands above each report.</summary>
    public static IEnumerable<(string What, string Value)> Asked(this IStringLocalizer<Words> words, ReportTable table, IPhoneSystems phones, ITeamNames teams)
    {
        var filter = table.Question.Filter;
        yield return (words["Periodo"], FigureWords.Days(filter.Period));
        yield return (words["Zona horaria"], filter.Period.Zone.Id);
        foreach (var team in filter.Teams ?? []) yield return (words["Equipo"], team == CallFilter.NoTeam ? words["sin equipo"] : VisibleText.Line(teams.NameOf(team), 60));
        foreach (var (_, what, asked) in words.Conditions(filter.RowsOf(null) with { Alive = null }, phones, teams, null)) yield return (what, asked);
        if (table.Question.Scope.IsOwnOnly) yield return (words["Filtros"], words["solo las suyas"]);
    }

    /// <summary>The same with how current it is: what stands in each file.</summary>
    public static IEnumerable<(string What, string Value)> About(this IStringLocalizer<Words> words, ReportTable table, IPhoneSystems phones, ITeamNames teams)
    {
        var zone = table.Question.Filter.Period.Zone;
        yield return (words["Informe"], words.TitleOf(table.Report));
        foreach (var part in words.Asked(table, phones, teams)) yield return part;
        yield return (words["Último suceso conocido"], table.LastEventAt is { } at ? At(at, zone) : "–");
        yield return (words["Hora de los datos"], At(table.Question.Now, zone));
        if (table.Uncounted > 0) yield return (words["Aviso"], words["Faltan por contar {0} llamadas antiguas; se están contando ahora.", Show.Count(table.Uncounted)]);
    }

    static string At(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
}
