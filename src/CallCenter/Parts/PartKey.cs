using System.Globalization;
using System.Text;

namespace CallCenter.Parts;

/// <summary>What spellings of one reference, brand or word have in common. Never shown.</summary>
static class PartKey
{
    const int WordMax = 40;
    const int WordsMax = 80; // of one text

    /// <summary>Letters and digits, upper case: <c>0 986 494 104</c>, <c>0.986.494.104</c> and <c>0986494104</c> are one.</summary>
    public static string Of(string text)
    {
        Span<char> key = text.Length <= 128 ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        foreach (var sign in text)
        {
            if (!char.IsAscii(sign)) return Folded(text);
            if (char.IsAsciiLetterOrDigit(sign)) key[length++] = char.ToUpperInvariant(sign);
        }

        return new string(key[..length]);
    }

    /// <summary>The words of a text: lower case, without accents, parted by all that is no letter or digit.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        var plain = Plain(text);
        for (var begin = 0; begin < plain.Length; begin++)
        {
            if (!char.IsLetterOrDigit(plain[begin])) continue;
            var end = begin + 1;
            while (end < plain.Length && char.IsLetterOrDigit(plain[end])) end++;
            words.Add(plain[begin..Math.Min(end, begin + WordMax)]);
            if (words.Count == WordsMax) break;
            begin = end;
        }

        return words;
    }

    static string Folded(string text) => string.Concat(Plain(text).Where(char.IsLetterOrDigit)).ToUpperInvariant();

    static string Plain(string text)
    {
        if (Ascii.IsValid(text)) return text.ToLowerInvariant();
        var plain = new StringBuilder(text.Length);
        foreach (var sign in text.Normalize(NormalizationForm.FormKD))
            if (CharUnicodeInfo.GetUnicodeCategory(sign) is not UnicodeCategory.NonSpacingMark and not UnicodeCategory.Surrogate) plain.Append(char.ToLowerInvariant(sign));
        return plain.ToString();
    }
}
