using System.Globalization;

namespace CallCenter.Quotes.Pages;

/// <summary>A number as somebody types it: what stands in the field stays as it was typed, also while it is no number yet.</summary>
/// <param name="format">How it is written when it comes from elsewhere.</param>
/// <param name="empty">What an empty field says.</param>
sealed class NumberDraft(int places, decimal least, decimal most, string format, decimal? empty)
{
    decimal? value;
    bool isSaid;

    public string Text { get; private set; } = "";

    /// <summary>What is typed is no number that could be kept; the last one that was stays.</summary>
    public bool IsWrong { get; private set; }

    public decimal? Value => isSaid ? value : empty;

    public void Type(string? text)
    {
        Text = text ?? "";
        var isEmpty = string.IsNullOrWhiteSpace(text);
        IsWrong = !Numeral.TryParse(text, CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator[0], out var number) || number < least || number > most || decimal.Round(number, places) != number;
        IsWrong &= !isEmpty;
        if (!IsWrong) (value, isSaid) = (number, !isEmpty);
    }

    /// <summary>The number is another one now; the same one, however it is written, is left as it is written.</summary>
    public void Take(decimal? number)
    {
        if (number == Value) return;
        (value, isSaid, IsWrong, Text) = (number, true, false, number == empty ? "" : number?.ToString(format, CultureInfo.CurrentCulture) ?? "");
    }
}
