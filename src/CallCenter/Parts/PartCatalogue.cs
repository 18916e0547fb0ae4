using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Parts;

/// <param name="Through">The cross-reference that led to it; null when another thing did.</param>
public sealed record FoundPart(Part Part, PartMatch Match, CrossReference? Through);

/// <summary>
/// Keeps the parts. What an import has prepared and not applied yet (see <see cref="PartRow"/>) is changed along with what is seen,
/// because whoever changes a part now knows better than a file of before.
/// </summary>
sealed class PartCatalogue(Db db, AuditLog audit, TimeProvider clock)
{
    public const int FoundMax = 100;

    /// <summary>Changed by one wish.</summary>
    public const int LinesMax = 1000;

    /// <summary>Of the parts that have all the words, so many are looked at; those in stock come first among them.</summary>
    const int WordCandidatesMax = 300;

    internal static readonly Insertion Upsert = new("parts", ["id", "match_key", "brand_key", "content", "next", "import"],
        "on conflict (id) do update set match_key = excluded.match_key, brand_key = excluded.brand_key, content = excluded.content, next = excluded.next, import = excluded.import");

    static readonly Insertion AddTier = new("part_tiers", ["name"], "on conflict (name) do nothing");

    /// <summary>
    /// The best first: its reference, a reference that begins so, a cross-reference, then by words (those in stock first). Dots,
    /// dashes, spaces, accents and capitals make no difference. Nothing typed gives the first ones by reference.
    /// </summary>
    /// <param name="withInactive">Also by their references those that are not sold any more.</param>
    public Task<IReadOnlyList<FoundPart>> Search(string text, int limit, bool withInactive = false, CancellationToken stop = default) => db.Read<IReadOnlyList<FoundPart>>(async tx =>
    {
        limit = Math.Clamp(limit, 1, FoundMax);
        var (query, applied) = (PartQuery.Of(text), await Applied(tx));
        if (query is null && !string.IsNullOrWhiteSpace(text)) return []; // signs that are in no word
        var found = new Dictionary<long, FoundPart>();
        void Take(IEnumerable<(long Id, string Content)> rows)
        {
            foreach (var (id, content) in rows)
                if (!found.ContainsKey(id) && PartRow.Read(id, content) is { } part && (part.IsActive || withInactive))
                    if (query is null) found[id] = new(part, PartMatch.ReferenceBegins, null);
                    else if (query.Judge(part) is var (match, through)) found[id] = new(part, match, through);
        }

        Take(await tx.List<(long, string)>(
            $"select id, {PartRow.SeenInSql} from parts where match_key >= @key and match_key < @beyond and {PartRow.IsSeenInSql} order by match_key, brand_key limit {2 * FoundMax}",
            new { key = query?.Key ?? "", beyond = Beyond(query?.Key), applied }));
        // A whole word is looked up in no time, what only begins so takes longer: so first the one, then the other.
        foreach (var isHalf in (bool[])[false, true])
            if (query is not null && found.Count < limit) Take(await ByWords(tx, query.Text(tx.IsPostgres, isHalf), applied));
        return [.. found.Values.OrderBy(one => one.Match).ThenByDescending(one => one.Match == PartMatch.Words && one.Part.Stock is { Quantity: > 0 })
            .ThenBy(one => one.Part.MatchKey, StringComparer.Ordinal).ThenBy(one => one.Part.Brand, StringComparer.Ordinal).Take(limit)];
    }, stop);

    public Task<Part?> Find(long id, CancellationToken stop = default) => db.Read(tx => One(tx, "id = @id", new { id }), stop);

    /// <summary>The part of this brand with this reference, however they are spelled.</summary>
    public Task<Part?> Find(string brand, string reference, CancellationToken stop = default) =>
        db.Read(tx => One(tx, "match_key = @key and brand_key = @brand", new { key = PartKey.Of(reference), brand = PartKey.Of(brand) }), stop);

    /// <summary>All brands' parts with this reference, however it is spelled.</summary>
    public Task<IReadOnlyList<Part>> FindByReference(string reference, CancellationToken stop = default) => db.Read<IReadOnlyList<Part>>(async tx =>
        [.. (await tx.List<(long Id, string Content)>($"select id, {PartRow.SeenInSql} from parts where match_key = @key and {PartRow.IsSeenInSql} order by brand_key limit {FoundMax}",
            new { key = PartKey.Of(reference), applied = await Applied(tx) })).Select(row => PartRow.Read(row.Id, row.Content))], stop);

    /// <summary>The names of the price tiers that prices were told for, without the base tier.</summary>
    public Task<List<string>> Tiers(CancellationToken stop = default) => db.Read(tx => tx.List<string>("select name from part_tiers where name <> '' order by name"), stop);

    /// <summary>Adds the part, or makes the one of its brand and reference like it.</summary>
    /// <returns>As it is kept.</returns>
    /// <exception cref="Refusal">It makes no sense.</exception>
    public Task<Part> Put(Part part, Actor by, CancellationToken stop = default) => Put(part.Brand, part.Reference, _ => part, by, stop);

    /// <summary>Adds or changes the part of this brand with this reference.</summary>
    /// <param name="decide">Is given the part as it is, or null when there is none.</param>
    public Task<Part> Put(string brand, string reference, Func<Part?, Part> decide, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        var applied = await Applied(tx);
        var (key, whose) = (PartKey.Of(reference), PartKey.Of(brand));
        var row = (await Rows(tx, [(key, whose)])).SingleOrDefault();
        var before = row?.Seen(applied) is { } seen ? PartRow.Read(row.Id, seen) : null;
        var after = decide(before).Checked();
        if ((PartKey.Of(after.Reference), PartKey.Of(after.Brand)) != (key, whose)) throw new InvalidOperationException("A part that is put keeps its brand and reference.");
        return await Save(tx, row, before, after, applied, by);
    }, stop);

    /// <summary>Changes a part, also its brand and reference.</summary>
    /// <exception cref="Refusal">There is no such part, it makes no sense, or another one has the brand and reference.</exception>
    public Task<Part> Change(long id, Func<Part, Part> decide, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        var applied = await Applied(tx);
        var row = await tx.Maybe<PartRow>($"select {PartRow.Columns} from parts where id = @id", new { id });
        if (row?.Seen(applied) is not { } seen) throw new Refusal(RefusalKind.NotFound, "part.unknown", id);
        var before = PartRow.Read(id, seen);
        return await Save(tx, row, before, decide(before).Checked(), applied, by);
    }, stop);

    /// <summary>Changes many parts that there are, in one transaction.</summary>
    /// <returns>How many were not so already, and which lines could not be followed.</returns>
    /// <exception cref="Refusal">There are too many lines.</exception>
    public Task<(int Changed, IReadOnlyList<(int Index, Refusal Why)> Refused)> Update(IReadOnlyList<PartLine> lines, Actor by, CancellationToken stop = default) =>
        db.Write<(int, IReadOnlyList<(int, Refusal)>)>(async tx =>
        {
            if (lines.Count > LinesMax) throw new Refusal(RefusalKind.Invalid, "part.too-many", LinesMax);
            await TakeTurn(tx);
            var (applied, now) = (await Applied(tx), clock.GetUtcNow());
            var (changed, refused) = (0, new List<(int, Refusal)>());
            for (var i = 0; i < lines.Count; i++)
                try
                {
                    var row = (await Rows(tx, [lines[i].Key])).SingleOrDefault();
                    if (row?.Seen(applied) is not { } seen) throw new Refusal(RefusalKind.NotFound, "part.unknown", lines[i].Reference);
                    var before = PartRow.Read(row.Id, seen);
                    if (await Write(tx, row, before, lines[i].On(before, now), applied) is not null) changed++;
                }
                catch (Refusal refusal)
                {
                    refused.Add((i, refusal));
                }

            if (changed > 0) await audit.Note(tx, by, "part.many-changed", "", new { changed });
            return (changed, refused);
        }, stop);

    internal static Task<long> Applied(Tx tx) => tx.One<long>("select next from counters where name = 'catalogue'");

    /// <summary>Whoever changes parts waits here, so that nobody adds the same one beside him.</summary>
    internal static Task TakeTurn(Tx tx) => tx.Run("update counters set next = next + 1 where name = 'part_turn'");

    /// <summary>Waits in the same place to change what nobody sees yet.</summary>
    internal static Task Wait(Tx tx) => tx.TakeTurn("part_turn");

    /// <summary>Another number after every change that somebody sees.</summary>
    internal static Task<long> Turn(Tx tx) => tx.One<long>("select next from counters where name = 'part_turn'");

    /// <summary>The first of so many new ids.</summary>
    internal static async Task<long> NewIds(Tx tx, int count) => await tx.One<long>("update counters set next = next + @count where name = 'parts' returning next", new { count }) - count;

    internal static Task KeepTiers(Tx tx, IEnumerable<string> tiers) => tx.Insert(AddTier, [.. tiers.Distinct().Select(tier => new object?[] { tier })]);

    /// <summary>Those that there are, in any order.</summary>
    internal static async Task<List<PartRow>> Rows(Tx tx, IReadOnlyList<(string Match, string Brand)> keys)
    {
        if (tx.IsPostgres)
            return await tx.List<PartRow>($"select {PartRow.Columns} from parts where (match_key, brand_key) in (select * from unnest(@matches, @brands))",
                new { matches = keys.Select(key => key.Match).ToArray(), brands = keys.Select(key => key.Brand).ToArray() });
        var rows = new List<PartRow>();
        await tx.QueryMany($"select {PartRow.Columns} from parts where match_key = @match and brand_key = @brand", ["match", "brand"], [.. keys.Select(key => new object?[] { key.Match, key.Brand })],
            (_, row) => rows.Add(new(row.Long(0), row.Text(1), row.Text(2), (string?)row.Value(3), (string?)row.Value(4), (long?)row.Value(5))));
        return rows;
    }

    async Task<Part> Save(Tx tx, PartRow? row, Part? before, Part after, long applied, Actor by)
    {
        if (await Write(tx, row, before, after, applied) is not { } written) return before!;
        await audit.Note(tx, by, before is null ? "part.added" : "part.changed", $"part:{written.Id}", new { after.Brand, after.Reference, before = before is null ? null : Told(before), after = Told(after) });
        return written;
    }

    /// <summary>Null when it is so already.</summary>
    static async Task<Part?> Write(Tx tx, PartRow? row, Part? before, Part after, long applied)
    {
        var content = PartRow.Write(after);
        if (before is not null && content == PartRow.Write(before)) return null;
        var (key, whose) = (after.MatchKey, PartKey.Of(after.Brand));
        if (row is null || (row.MatchKey, row.BrandKey) != (key, whose))
            if ((await Rows(tx, [(key, whose)])).Count > 0) throw new Refusal(RefusalKind.Conflict, "part.exists", after.Brand, after.Reference);
        var id = row?.Id ?? await NewIds(tx, 1);
        var isStaged = row?.IsStaged(applied) == true;
        var changed = new PartRow(id, key, whose, content, isStaged ? content : null, isStaged ? row!.Import : null);
        await tx.Insert(Upsert, [[changed.Id, changed.MatchKey, changed.BrandKey, changed.Content, changed.Next, changed.Import]]);
        await PartIndex.Change(tx, [(id, row is null ? "" : PartIndex.WordsOf(row), PartIndex.WordsOf(changed))]);
        await KeepTiers(tx, after.Prices.Keys);
        return after with { Id = id };
    }

    static object Told(Part part) => new { part.Description, Prices = part.Prices.ToDictionary(price => price.Key, price => price.Value.Amount), part.Stock?.Quantity, part.TaxPercent, part.IsActive, Crosses = part.CrossReferences.Count };

    static async Task<Part?> One(Tx tx, string which, object values)
    {
        var row = await tx.Maybe<PartRow>($"select {PartRow.Columns} from parts where {which}", values);
        return row?.Seen(await Applied(tx)) is { } seen ? PartRow.Read(row.Id, seen) : null;
    }

    static async Task<List<(long, string)>> ByWords(Tx tx, string query, long applied)
    {
        // The planner would rather look at every row than believe that two frequent words seldom stand together.
        if (tx.IsPostgres) await tx.Run("set local enable_seqscan = off");
        var found = tx.IsPostgres ? "array_to_tsvector(string_to_array(words, ' ')) @@ @query::tsquery" : "part_words match @query";
        return await tx.List<(long, string)>(
            $"select p.id, {PartRow.SeenInSql} from (select rowid from part_words where {found} limit {WordCandidatesMax}) w join parts p on p.id = w.rowid where {PartRow.IsSeenInSql}", new { query, applied });
    }

    /// <summary>The first that does not begin so.</summary>
    static string Beyond(string? key) => key is { Length: > 0 } ? key[..^1] + (char)(key[^1] + 1) : "\uffff";
}
