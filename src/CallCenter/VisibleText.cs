namespace CallCenter;

/// <summary>What strangers typed, fit to be shown: every sign stands where it is and does nothing, and it ends somewhere.</summary>
static class VisibleText
{
    /// <summary>Signs of control become their picture (NUL is ␀); those that turn a line around, and halves of signs, become �.</summary>
    public static string Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (Shown(text, i) != text[i])
                return string.Create(text.Length, text, static (to, from) =>
                {
                    for (var j = 0; j < from.Length; j++) to[j] = Shown(from, j);
                });
        return text;
    }

    /// <summary>On one line, and not longer than so many signs.</summary>
    public static string Line(string text, int max = 200)
    {
        text = text.Trim();
        var cut = text.Length > max;
        if (cut) text = text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
        return Of(text.ReplaceLineEndings(" ").Replace('\t', ' ')) + (cut ? "…" : "");
    }

    static char Shown(string text, int i) => text[i] switch
    {
        '\n' or '\t' => text[i],
        < ' ' => (char)(0x2400 + text[i]),
        '\u007f' => '\u2421',
        >= '\u0080' and <= '\u009f' or >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\ufffe' or '\uffff' => '\ufffd',
        var sign when char.IsHighSurrogate(sign) => i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? sign : '\ufffd',
        var sign when char.IsLowSurrogate(sign) => i > 0 && char.IsHighSurrogate(text[i - 1]) ? sign : '\ufffd',
        var sign => sign,
    };
}
