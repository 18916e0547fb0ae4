using CallCenter.Importing;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Quotes.Import;

/// <summary>
/// Does the work of files of quotes and orders: reads the file and puts its lines aside, compares each document with those there are, and, when
/// a person says so, writes them as a program's would be that puts them in one by one.
/// </summary>
sealed class SaleLoading(Db db, SaleImports imports, ForeignSales sales, Personnel personnel, TimeProvider clock, ILogger<SaleLoading> logger) : ImportWorker<SaleImport>(db, imports.Store, logger)
{
    /// <summary>Where each document begins is kept in memory.</summary>
    internal const int LinesMax = 400_000;

    const int LinesAtOnce = 1000;
    const int DocumentsAtOnce = 50;

    /// <summary>Further lines of a document that has too many anyway need not be put aside.</summary>
    const int LinesOfOne = Quote.LinesMax + 1;

    /// <summary>The lines of at least one whole document.</summary>
    const int LookedAtOnce = 2 * LinesOfOne;

    readonly SaleComparison comparison = new(sales);

    public override Task<SaleImport?> Find(long id, CancellationToken stop) => imports.Find(id, stop);

    protected override Task Work(SaleImport import, CancellationToken stop) => import.State switch
    {
        ImportState.Reading => Read(import, stop),
        ImportState.Comparing => Compare(import, stop),
        ImportState.Applying => Apply(import, stop),
        _ => throw new InvalidOperationException($"Nothing to do for {import.State}."),
    };

    protected override Task Fail(SaleImport import, Refusal why, CancellationToken stop) =>
        Step(import, async tx => await imports.End(tx, (await imports.Find(tx, import.Id))!, why, import.AppliedBy ?? Audit.Actor.Server), stop);

    protected override async Task<long?> Waiting(CancellationToken stop) => await imports.Open(stop) is { IsRunning: true } open ? open.Id : null;

    protected override Task TakeTurn(Tx tx) => QuoteBook.TakeBothTurns(tx);

    /// <summary>Some of the documents of which a comparison came to this.</summary>
    public Task<IReadOnlyList<ComparedSale>> Preview(SaleImport import, SaleVerdict verdict, int limit, CancellationToken stop = default) => Db.Read<IReadOnlyList<ComparedSale>>(async tx =>
    {
        var (first, compared) = (await tx.List<long>("select line from sale_import_lines where verdict = @verdict order by line limit @limit", new { verdict = $"{verdict}", limit }), new List<ComparedSale>());
        foreach (var line in first)
        {
            var lines = new List<SaleFileLine>();
            await tx.QueryMany($"select {SaleFileLine.Columns} from sale_import_lines where first_line = @line order by line", ["line"], [[line]], (_, row) => lines.Add(SaleFileLine.Read(row)));
            compared.Add(await comparison.Compare(tx, lines, import));
        }

        return compared;
    }, stop);

    async Task Read(SaleImport import, CancellationToken stop)
    {
        var copy = ImportStore.CopyPath();
        try
        {
            await Store.Unpack(import.Id, copy, stop);
            var (from, settings) = (await Db.Read(tx => PlaceOf(tx, import), stop), await Db.Read(QuoteSettings.Read, stop));
            var (reading, documents) = (new SaleReading(settings.TimeZone, clock.GetUtcNow(), PersonOf), await Begun(stop));
            var (lines, faults, done, count, last) = (new List<SaleFileLine>(), new List<LineFault>(), 0L, 0, from);
            Task Keep() => Step(import, async tx =>
            {
                await tx.Insert(SaleFileLine.Insertion, [.. lines.Select(line => line.Values)]);
                await Store.Refuse(tx, import.Id, faults);
                await tx.Run("update sale_imports set line = @last, done = @done where id = @Id", new { import.Id, last, done });
                lines.Clear();
                faults.Clear();
            }, stop);
            foreach (var row in TableFile.Open(copy).Rows(bytes => done = bytes, stop))
            {
                if (++count > LinesMax) throw new Refusal(RefusalKind.Invalid, "table.too-many-rows", LinesMax);
                if (row.Line <= from || row.Line <= import.Mapping!.HeadLine) continue;
                try
                {
                    lines.Add(SaleFileLine.Of(row, import.Mapping, import.OfOrders, reading, FirstOf));
                }
                catch (Refusal refusal)
                {
                    faults.Add(new(row.Line, refusal, LineFault.ContentOf(row)));
                }

                long FirstOf(string document)
                {
                    var (first, before) = documents.GetValueOrDefault(document, (row.Line, 0));
                    if (before == LinesOfOne) throw new Refusal(RefusalKind.Invalid, "quote.too-many-lines", Quote.LinesMax);
                    documents[document] = (first, before + 1);
                    return first;
                }

                last = row.Line;
                if (lines.Count + faults.Count >= LinesAtOnce) await Keep();
            }

            await Keep();
            await Step(import, async tx =>
            {
                await imports.Save(tx, (await imports.Find(tx, import.Id))! with { State = ImportState.Comparing, Done = 0, Of = Math.Max(1, documents.Count) });
                await tx.Run("update sale_imports set line = 0 where id = @Id", new { import.Id });
            }, stop);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>The documents of the lines that were put aside already: where each begins, and how many lines it has.</summary>
    Task<Dictionary<string, (long First, int Count)>> Begun(CancellationToken stop) => Db.Read(async tx =>
        (await tx.List<(string Document, long First, long Count)>("select document, min(line), count(*) from sale_import_lines group by document"))
        .ToDictionary(one => one.Document, one => (one.First, (int)one.Count)), stop);

    string PersonOf(string named) => personnel.FindOnly(named)?.Id ?? throw new Refusal(RefusalKind.Invalid, "customer.no-such-person", named);

    async Task Compare(SaleImport import, CancellationToken stop)
    {
        await Documents(import, (tx, compared) => tx.RunMany("update sale_import_lines set verdict = @verdict where line = @line", ["verdict", "line"],
            [.. compared.Select(one => new object?[] { $"{one.Verdict}", one.FirstLine })]), stop);
        await Step(import, async tx => await imports.Save(tx, (await imports.Find(tx, import.Id))! with { State = ImportState.Ready }), stop);
    }

    async Task Apply(SaleImport import, CancellationToken stop)
    {
        var by = import.AppliedBy!;
        await Documents(import, null, stop);
        await Step(import, async tx => await imports.Close(tx, (await imports.Find(tx, import.Id))! with { State = ImportState.Applied, EndedAt = clock.GetUtcNow() }, by), stop);
    }

    /// <summary>From where it stands on: compares some documents, does something with them and writes down how far it is, all in one transaction.</summary>
    /// <param name="note">What is done with what was compared; null to write the documents, each before the next is compared.</param>
    async Task Documents(SaleImport import, Func<Tx, IReadOnlyList<ComparedSale>, Task>? note, CancellationToken stop)
    {
        for (var isOver = false; !isOver;)
            await Step(import, async tx =>
            {
                var documents = await Next(tx, await PlaceOf(tx, import));
                if (isOver = documents.Count == 0) return;
                var compared = new List<ComparedSale>(documents.Count);
                foreach (var lines in documents)
                {
                    var one = await comparison.Compare(tx, lines, import);
                    compared.Add(one);
                    if (note is null && one is { Verdict: SaleVerdict.Added or SaleVerdict.Changed, Save: { } save }) await save(import.AppliedBy!);
                }

                if (note is not null) await note(tx, compared);
                await LeaveOut(tx, import.Id, [.. compared.SelectMany(one => one.Faults)]);
                long Count(SaleVerdict verdict) => compared.Count(one => one.Verdict == verdict);
                await tx.Run("update sale_imports set line = @last, done = done + @count, added = added + @added, changed = changed + @changed, same = same + @same where id = @Id",
                    new { import.Id, last = compared[^1].FirstLine, count = compared.Count, added = Count(SaleVerdict.Added), changed = Count(SaleVerdict.Changed), same = Count(SaleVerdict.Same) });
            }, stop);
    }

    /// <summary>The lines of the next documents, those of one together.</summary>
    static async Task<List<List<SaleFileLine>>> Next(Tx tx, long after)
    {
        var (documents, first, count) = (new List<List<SaleFileLine>>(), 0L, 0);
        await tx.QueryMany($"select {SaleFileLine.Columns} from sale_import_lines where first_line > @after order by first_line, line limit {LookedAtOnce}", ["after"], [[after]], (_, row) =>
        {
            count++;
            var line = SaleFileLine.Read(row);
            if (line.First != first) documents.Add([]);
            first = line.First;
            documents[^1].Add(line);
        });
        // The last one may have more lines than were looked at.
        if (count == LookedAtOnce) documents.RemoveAt(documents.Count - 1);
        return documents.Count > DocumentsAtOnce ? documents.GetRange(0, DocumentsAtOnce) : documents;
    }

    /// <summary>These lines change nothing, and are in the report.</summary>
    async Task LeaveOut(Tx tx, long id, IReadOnlyList<LineFault> faults)
    {
        await tx.RunMany("delete from sale_import_lines where line = @line", ["line"], [.. faults.Select(fault => new object?[] { fault.Line })]);
        await Store.Refuse(tx, id, faults);
    }

    static Task<long> PlaceOf(Tx tx, SaleImport import) => tx.One<long>("select line from sale_imports where id = @Id", new { import.Id });
}
