using CallCenter.Storage;

namespace CallCenter.Parts;

/// <summary>
/// Which words lead to a part: those of its brand and description, its reference and its cross-references. What an import has
/// prepared is led to as well as what is seen, so whoever finds a part judges whether it is what was asked for.
/// </summary>
static class PartIndex
{
    static readonly Insertion Add = new("part_words", ["rowid", "words"]);

    public static HashSet<string> WordsOf(Part part)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        if (!part.IsActive) return words;
        words.UnionWith(PartKey.Words(part.Brand));
        words.Add(PartKey.Of(part.Brand).ToLowerInvariant());
        words.UnionWith(PartKey.Words(part.Description));
        words.Add(part.MatchKey.ToLowerInvariant());
        foreach (var cross in part.CrossReferences) words.Add(PartKey.Of(cross.Reference).ToLowerInvariant());
        return words;
    }

    /// <summary>All that lead to the row, in one order.</summary>
    public static string WordsOf(PartRow row)
    {
        var words = row.Content is { } content ? WordsOf(PartRow.Read(row.Id, content)) : [];
        if (row.Next is { } next) words.UnionWith(WordsOf(PartRow.Read(row.Id, next)));
        return Text(words);
    }

    public static string Text(IEnumerable<string> words) => string.Join(' ', words.Order(StringComparer.Ordinal));

    /// <summary>Takes note of what leads to parts now.</summary>
    public static async Task Change(Tx tx, IReadOnlyList<(long Id, string Before, string After)> parts)
    {
        var changed = parts.Where(part => part.Before != part.After).ToList();
        await tx.RunMany("delete from part_words where rowid = @id", ["id"], [.. changed.Where(part => part.Before.Length > 0).Select(part => new object?[] { part.Id })]);
        await tx.Insert(Add, [.. changed.Where(part => part.After.Length > 0).Select(part => new object?[] { part.Id, part.After })]);
    }
}
