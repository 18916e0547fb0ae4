using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Teams.Pages;

/// <summary>What concerns teams, in people's words.</summary>
static class TeamWords
{
    public static string Name(this IStringLocalizer<Words> words, TeamType type) => words[$"TeamType.{type}"];

    public static string Name(this IStringLocalizer<Words> words, LineKind kind) => words[$"LineKind.{kind}"];

    /// <param name="code">ISO code of one of <see cref="NationalHolidays.Countries"/>.</param>
    public static string Country(this IStringLocalizer<Words> words, string code) => words[$"Country.{code}"];

    /// <summary>Since when and until when; nothing for what always was and still is.</summary>
    public static string Lasts(this IStringLocalizer<Words> words, Period when, Viewer? viewer) => string.Join(" ", new[]
    {
        when.Since is { } since ? words["desde {0}", Show.Exact(since, viewer)].Value : null,
        when.Until is { } until ? words["hasta {0}", Show.Exact(until, viewer)].Value : null,
    }.Where(part => part is not null));
}
