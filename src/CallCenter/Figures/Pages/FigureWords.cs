using System.Globalization;
using CallCenter.Calls;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Figures.Pages;

/// <summary>Figures as people read them.</summary>
static class FigureWords
{
    /// <summary>A dash where there was nothing to divide by.</summary>
    public static string Say(this Explanation one) => Say(one.Value, one.Unit);

    public static string Say(double? value, FigureUnit unit) => value is not { } known ? "–" : unit switch
    {
        FigureUnit.Count => Show.Count((long)known),
        FigureUnit.Share => Percent(known),
        FigureUnit.Seconds => Show.Duration(known),
        _ => throw new InvalidOperationException($"No words for {unit}."),
    };

    public static string Percent(double? share) => share is { } known ? $"{(known * 100).ToString("0.#", CultureInfo.CurrentCulture)}\u00a0%" : "–";

    /// <summary>One side of a fraction: how many, or how long together.</summary>
    public static string Say(this FigureTerm term) => term.Part is FigurePart.Waiting or FigurePart.Recovering ? Show.Duration(term.Amount) : Show.Count((long)term.Amount);

    public static string Days(FigurePeriod period) => period.First == period.Last ? Show.Day(period.First) : $"{Show.Day(period.First)} – {Show.Day(period.Last)}";

    /// <summary>For a style: a part of a whole as its width or height.</summary>
    public static string Size(double part, double whole) => string.Create(CultureInfo.InvariantCulture, $"{(whole > 0 ? part / whole * 100 : 0):0.###}%");

    /// <summary>A row of a list of calls in words: which of them it holds.</summary>
    public static string RowsOf(this IStringLocalizer<Words> words, CallFilter rows) => rows switch
    {
        { Recovery: { } standing } => words.Name(standing),
        { Missed: true } => words["Perdidas"],
        { Direction: { } direction, Outcome: { } outcome } => $"{words.Name(direction)} · {words.Name(outcome)}",
        { Direction: { } direction } => words.Name(direction),
        _ => words["Llamadas"],
    };
}
