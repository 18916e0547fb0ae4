namespace CallCenter.Parts;

/// <summary>Why a part was found, the best reason first.</summary>
public enum PartMatch
{
    /// <summary>It is its reference.</summary>
    Reference,

    /// <summary>Its reference begins so.</summary>
    ReferenceBegins,

    /// <summary>It stands for that reference.</summary>
    CrossReference,

    /// <summary>It stands for a reference that begins so.</summary>
    CrossReferenceBegins,

    /// <summary>All the words are among those of its brand, description and references.</summary>
    Words,
}

/// <summary>
/// What somebody typed, as a question to the index of words. Words can stand in any order, in the singular or the plural, and
/// the last may be typed half; a reference can be spaced as one likes, alone, behind the brand or before it.
/// </summary>
sealed class PartQuery
{
    const int TextMax = 100;
    const int WordsMax = 8;

    /// <summary>What so few signs begin would be half of the catalogue.</summary>
    const int PrefixMin = 2;

    readonly List<List<Term>> ways = [];

    PartQuery(string key, List<string> words)
    {
        Key = key;
        ways.Add(AsWords(words, isLast: true));
        for (var i = 0; i < words.Count; i++)
        {
            // What is spaced may be a reference: from here to the end, or from the beginning to here.
            if (i < words.Count - 1 && Joined(words[i..]) is { } last) ways.Add([.. AsWords(words[..i], isLast: false), new([last], last)]);
            if (i is > 0 && i < words.Count - 1 && Joined(words[..(i + 1)]) is { } first) ways.Add([new([first], null), .. AsWords(words[(i + 1)..], isLast: true)]);
        }
    }

    /// <summary>All of it as if it were one reference.</summary>
    public string Key { get; }

    /// <summary>Null when there is nothing to look for.</summary>
    public static PartQuery? Of(string text)
    {
        if (text.Length > TextMax) text = text[..TextMax];
        var words = PartKey.Words(text);
        return words.Count == 0 ? null : new(PartKey.Of(text), words.Count > WordsMax ? words[..WordsMax] : words);
    }

    /// <summary>In the words of SQLite's FTS5, or of PostgreSQL's <c>tsquery</c>.</summary>
    /// <param name="isHalf">The last word may go on.</param>
    public string Text(bool isPostgres, bool isHalf)
    {
        var (and, or, prefix, quote) = isPostgres ? (" & ", " | ", ":*", '\'') : (" AND ", " OR ", "*", '"');
        return string.Join(or, ways.Select(way => $"({string.Join(and, way.Select(Term))})"));

        // Words are letters and digits, so nothing in them ends the quotes.
        string Term(Term term) =>
            $"({string.Join(or, term.Words.Select(word => $"{quote}{word}{quote}").Concat(isHalf && term.Begin is { Length: >= PrefixMin } begin ? [$"{quote}{begin}{quote}{prefix}"] : []))})";
    }

    /// <summary>Null when it is not what was asked for: the index may still know what a part was called before.</summary>
    public (PartMatch Match, CrossReference? Through)? Judge(Part part)
    {
        var own = part.MatchKey;
        if (own == Key) return (PartMatch.Reference, null);
        if (own.StartsWith(Key, StringComparison.Ordinal)) return (PartMatch.ReferenceBegins, null);
        CrossReference? begins = null;
        foreach (var cross in part.CrossReferences)
        {
            var key = PartKey.Of(cross.Reference);
            if (key == Key) return (PartMatch.CrossReference, cross);
            if (Key.Length >= PrefixMin && key.StartsWith(Key, StringComparison.Ordinal)) begins ??= cross;
        }

        if (begins is not null) return (PartMatch.CrossReferenceBegins, begins);
        var words = PartIndex.WordsOf(part);
        return ways.Exists(way => way.TrueForAll(term => term.IsAmong(words))) ? (PartMatch.Words, null) : null;
    }

    static List<Term> AsWords(List<string> words, bool isLast) =>
        [.. words.Select((word, i) => new Term(NumbersOf(word), isLast && i == words.Count - 1 ? word : null))];

    /// <summary>Null when it cannot be a reference.</summary>
    static string? Joined(List<string> words) => string.Concat(words) is var joined && joined.Any(char.IsAsciiDigit) ? joined : null;

    /// <summary>In the singular and the plural, as Spanish and English make them.</summary>
    static string[] NumbersOf(string word)
    {
        if (word.Length < 4 || !word.All(char.IsLetter)) return [word];
        if (!word.EndsWith('s')) return [word, word + "s", word + "es"];
        return word.EndsWith("es", StringComparison.Ordinal) && word.Length > 5 ? [word, word[..^1], word[..^2]] : [word, word[..^1]];
    }

    /// <param name="Begin">What the word may begin with instead.</param>
    sealed record Term(string[] Words, string? Begin)
    {
        public bool IsAmong(IReadOnlyCollection<string> words) =>
            Words.Any(words.Contains) || Begin is { Length: >= PrefixMin } begin && words.Any(word => word.StartsWith(begin, StringComparison.Ordinal));
    }
}
