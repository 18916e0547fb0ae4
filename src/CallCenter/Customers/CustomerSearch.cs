using CallCenter.Storage;
using Dapper;

namespace CallCenter.Customers;

/// <summary>
/// Finds customers by whatever somebody has at hand: words of a name in any order and only begun, a number in any spelling, a plate, a
/// VIN, a tax id, an id of another system. It looks into ranges of an index only, and into no more of one than it says.
/// </summary>
static class CustomerSearch
{
    /// <summary>Longer texts are cut.</summary>
    public const int TextMax = 100;

    /// <summary>More than so many nobody reads through; whoever sees it writes more of the name.</summary>
    public const int FoundMax = 200;

    const int WordsMax = 6;
    const int DigitsMin = 6;

    /// <summary>Rows of a word that very many have.</summary>
    const int ExaminedMax = 20_000;

    /// <summary>So far each word is counted, to begin with the rarest.</summary>
    const int CountedMax = 2_000;

    /// <summary>After every text that begins with the same signs.</summary>
    const string End = "\U0010FFFF";

    /// <summary>Ids of those found, the likeliest first, at most <see cref="FoundMax"/>.</summary>
    /// <param name="country">Where a number without a country is at home.</param>
    public static async Task<IReadOnlyList<long>> Find(Tx tx, string text, string country, bool withArchived = false)
    {
        if (text.Length > TextMax) text = text[..TextMax];
        var name = Spelled.Name(text);
        if (name.Length == 0) return [];
        var (words, code) = (name.Split(' ').Take(WordsMax).ToList(), name.Replace(" ", "", StringComparison.Ordinal));
        var found = new List<long>();
        if (IsNumber(text)) found.AddRange(await WithNumber(tx, text, country));
        var isCode = code.Any(char.IsAsciiDigit) || text.Contains('@');
        if (isCode) found.AddRange(await tx.List<long>($"select customer_id from customer_words where word = @code limit {FoundMax}", new { code }));
        found.AddRange(await tx.List<long>($"select id from customers where name_key >= @name and name_key < @end and merged_into is null order by name_key, id limit {FoundMax}", new { name, end = name + End }));
        found.AddRange(await WithAll(tx, words));
        // A plate, a number, an id or an address that is written in groups.
        if (isCode && AsKept(code) is var whole && (words.Count > 1 || whole != code)) found.AddRange(await WithAll(tx, [whole]));
        var ids = found.Distinct().ToList();
        var archived = new HashSet<long>();
        if (!withArchived)
            await tx.QueryMany("select id from customers where id = @id and archived_at is not null", ["id"], [.. ids.Select(id => new object?[] { id })], (_, row) => archived.Add(row.Long(0)));
        return [.. ids.Where(id => !archived.Contains(id)).Take(FoundMax)];
    }

    /// <summary>Those who have a word that begins like each of these, by name.</summary>
    static async Task<List<long>> WithAll(Tx tx, IReadOnlyList<string> words)
    {
        var counted = new List<(string Word, long Count)>();
        foreach (var word in words.Distinct())
            counted.Add((word, await tx.One<long>($"select count(*) from (select 1 from customer_words where word >= @word and word < @end limit {CountedMax}) as counted", new { word, end = word + End })));
        List<string> rarest = [.. counted.OrderBy(one => one.Count).ThenByDescending(one => one.Word.Length).Select(one => one.Word)];
        var values = new DynamicParameters();
        for (var i = 0; i < rarest.Count; i++)
        {
            values.Add($"from{i}", rarest[i]);
            values.Add($"end{i}", rarest[i] + End);
        }

        var others = Enumerable.Range(1, rarest.Count - 1)
            .Select(i => $"exists (select 1 from customer_words o where o.customer_id = led.customer_id and o.word >= @from{i} and o.word < @end{i})").Prepend("1 = 1");
        return await tx.List<long>(
            $"""
            select id from customers where id in (
                select customer_id from (select customer_id from customer_words where word >= @from0 and word < @end0 limit {ExaminedMax}) as led
                where {string.Join(" and ", others)} limit {FoundMax * 4})
            order by name_key, id limit {FoundMax}
            """, values);
    }

    /// <summary>Those who have, or had, exactly this number.</summary>
    public static async Task<IReadOnlyList<long>> WithNumber(Tx tx, string text, string country) => PhoneNumber.Parse(text, country).MatchKey is { } number
        ? await tx.List<long>($"select distinct customer_id from customer_numbers where number_key = @number limit {FoundMax}", new { number }) : [];

    public static async Task<IReadOnlyList<long>> WithPlate(Tx tx, string text) =>
        await tx.List<long>($"select distinct customer_id from customer_vehicles where plate_key = @plate limit {FoundMax}", new { plate = Spelled.Code(text) });

    public static async Task<IReadOnlyList<long>> WithVin(Tx tx, string text) =>
        await tx.List<long>($"select distinct customer_id from customer_vehicles where vin = @vin limit {FoundMax}", new { vin = Spelled.Code(text)?.ToUpperInvariant() });

    public static async Task<IReadOnlyList<long>> WithTaxId(Tx tx, string text) =>
        await tx.List<long>($"select id from customers where tax_key = @tax and merged_into is null limit {FoundMax}", new { tax = Spelled.TaxId(text) });

    /// <summary>It is written as numbers are, and long enough to be all of one.</summary>
    static bool IsNumber(string text) => text.Count(char.IsAsciiDigit) >= DigitsMin && text.All(sign => char.IsAsciiDigit(sign) || "+()-./ ".Contains(sign));

    /// <summary>Numbers are kept without the zeros that some write before a country, and tax ids without the country.</summary>
    static string AsKept(string code) => code.StartsWith("00", StringComparison.Ordinal) ? code[2..] : Spelled.TaxId(code)!;
}
