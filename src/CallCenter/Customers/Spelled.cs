using System.Globalization;
using System.Text;

namespace CallCenter.Customers;

/// <summary>What different spellings of the same name, plate or id have in common.</summary>
static class Spelled
{
    /// <summary>Its words in small letters without accents, one space between them: <c>TALLERES NÚÑEZ, S.L.</c> is <c>talleres nunez s l</c>.</summary>
    public static string Name(string text)
    {
        var key = new StringBuilder(text.Length);
        foreach (var sign in text.Normalize(NormalizationForm.FormD).ToLowerInvariant())
            if (char.IsLetterOrDigit(sign)) key.Append(sign);
            else if (CharUnicodeInfo.GetUnicodeCategory(sign) != UnicodeCategory.NonSpacingMark && key.Length > 0 && key[^1] != ' ') key.Append(' ');
        if (key.Length > 0 && key[^1] == ' ') key.Length--;
        return key.ToString();
    }

    /// <summary>Its letters and digits and nothing between them: <c>1234-KLM</c> is <c>1234klm</c>. Null when there are none.</summary>
    public static string? Code(string? text) => text is null ? null : Name(text).Replace(" ", "", StringComparison.Ordinal) is { Length: > 0 } code ? code : null;

    /// <summary>As <see cref="Code"/>, without the country that some write before a Spanish tax id.</summary>
    public static string? TaxId(string? text) => Code(text) is not { } code ? null
        : code is ['e', 's', .. var own] && own.Length == 9 ? own : code;
}
