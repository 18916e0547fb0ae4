using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Parts.Import;

/// <summary>
/// Does the work of price lists: reads the file and puts its lines aside; compares them with the catalogue in the order of the
/// references, so that its index is written from one end to the other, and prepares what changes.
/// </summary>
sealed class PartLoading(Db db, PartImports imports, ILogger<PartLoading> logger) : ImportWorker<PartImport>(db, imports.Store, logger)
{
    const int BatchMax = 4000;
    const int ContentMax = 1000;
    const int BatchesAhead = 2;

    static readonly Insertion Stage = new("part_stage", ["line", "match_key", "brand_key", "hash", "body"]);
    public override Task<PartImport?> Find(long id, CancellationToken stop) => imports.Find(id, stop);

    protected override Task Work(PartImport import, CancellationToken stop) => import.State switch
    {
        PartImportState.Reading => Read(import, stop),
        PartImportState.Comparing => Compare(import, stop),
        PartImportState.Discarding => TakeBack(import, stop),
        _ => throw new InvalidOperationException($"Nothing to do for {import.State}."),
    };

    protected override Task Fail(PartImport import, Refusal why, CancellationToken stop) => Change(import, one => one.Discard(why), stop);

    protected override Task<long?> Waiting(CancellationToken stop) =>
        Db.Read(tx => tx.Maybe<long?>("select id from part_imports where ended_at is null and state in ('Reading', 'Comparing', 'Discarding')"), stop);

    protected override Task TakeTurn(Tx tx) => PartCatalogue.Wait(tx);

    async Task Read(PartImport import, CancellationToken stop)
    {
        var copy = ImportStore.CopyPath();
        try
        {
            await Store.Unpack(import.Id, copy, stop);
            var from = await Db.Read(tx => tx.One<long>("select line from part_imports where id = @Id", new { import.Id }), stop);
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var batches = Channel.CreateBounded<Batch>(BatchesAhead);
            var reading = Task.Run(() => ReadFile(copy, import.Mapping!, from, batches.Writer, leaving.Token), CancellationToken.None);
            try
            {
                await foreach (var batch in batches.Reader.ReadAllAsync(stop))
                    await Step(import, async tx =>
                    {
                        await tx.Insert(Stage, batch.Lines);
                        await Store.Refuse(tx, import.Id, batch.Faults);
                        await tx.Run("update part_imports set line = @line, done = @Done where id = @Id", new { import.Id, line = batch.Last, batch.Done });
                    }, stop);
            }
            finally
            {
                await leaving.CancelAsync();
                await reading;
            }

            await Change(import, one => one with { State = PartImportState.Comparing, Done = 0, Of = 0 }, stop);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>On a thread of its own, so that both cores have work.</summary>
    static async Task ReadFile(string path, PartMapping mapping, long from, ChannelWriter<Batch> to, CancellationToken stop)
    {
        try
        {
            var (batch, done) = (new Batch(), 0L);
            foreach (var row in TableFile.Open(path).Rows(bytes => done = bytes, stop))
            {
                if (row.Line <= from || row.Line <= mapping.HeadLine) continue;
                try
                {
                    var line = mapping.Read(row);
                    line.On(null, default); // what is wrong with it whatever the part was before
                    var (body, key) = (line.ToText(), line.Key);
                    batch.Lines.Add([(long)row.Line, key.Match, key.Brand, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(body))), body]);
                }
                catch (Refusal refusal)
                {
                    batch.Faults.Add(new(row.Line, refusal, ContentOf(row)));
                }

                (batch.Last, batch.Done) = (row.Line, done);
                if (batch.Lines.Count + batch.Faults.Count < BatchMax) continue;
                await to.WriteAsync(batch, stop);
                batch = new();
            }

            if (batch.Last > 0) await to.WriteAsync(batch, stop);
            to.Complete();
        }
        catch (Exception e)
        {
            to.Complete(e);
        }
    }

    async Task Compare(PartImport import, CancellationToken stop)
    {
        var (order, repeated, conflicts) = await InOrder(stop);
        if (await Db.Read(tx => tx.One<long>("select total from part_imports where id = @Id", new { import.Id }), stop) == 0)
            await Step(import, async tx =>
            {
                await Store.Refuse(tx, import.Id, conflicts);
                await tx.Run("update part_imports set total = @total, repeated = @repeated where id = @Id", new { import.Id, total = Math.Max(1, order.Count), repeated });
            }, stop);
        else import = (await imports.Find(import.Id, stop))!;

        // What is next is worked out on the other core while this is written.
        Task<Prepared> Ahead(int at) => Db.Read(tx => Prepare(tx, import, order.GetRange(at, Math.Min(BatchMax, order.Count - at))), stop);
        var next = import.Done < order.Count ? Ahead((int)import.Done) : null;
        for (var at = (int)import.Done; next is not null; at += BatchMax)
        {
            var prepared = await next;
            next = at + BatchMax < order.Count ? Ahead(at + BatchMax) : null;
            await Step(import, async tx =>
            {
                // Somebody changed parts meanwhile; perhaps one of these.
                if (await PartCatalogue.Turn(tx) != prepared.Turn) prepared = await Prepare(tx, import, prepared.Lines);
                await Keep(tx, import, prepared);
                await tx.Run("update part_imports set done = done + @Count, added = added + @Added, changed = changed + @Changed, same = same + @Same where id = @Id",
                    new { import.Id, prepared.Lines.Count, prepared.Counts.Added, prepared.Counts.Changed, prepared.Counts.Same });
            }, stop);
        }

        await Clear(import, stop);
        await Change(import, one => one with { State = PartImportState.Ready }, stop);
    }

    /// <summary>
    /// The lines in the order of the catalogue's index, each part once: a line that says the same again is left out, and where two
    /// say different things of one part, nobody knows which is right.
    /// </summary>
    Task<(List<int> Order, long Repeated, List<LineFault> Conflicts)> InOrder(CancellationToken stop) => Db.Read(async tx =>
    {
        var (order, conflicts, repeated) = (new List<int>(), new List<LineFault>(), 0L);
        var group = new List<int>();
        var (match, brand, hash, isOne) = ("", "", 0L, true);
        void Close()
        {
            if (group.Count > 0 && isOne)
            {
                order.Add(group[0]);
                repeated += group.Count - 1;
            }

            if (!isOne)
                for (var i = 0; i < group.Count; i++)
                    conflicts.Add(new(group[i], new Refusal(RefusalKind.Invalid, "part-import.twice", group[i == 0 ? 1 : 0]), $"{brand}\t{match}"));
            group.Clear();
            isOne = true;
        }

        await tx.QueryMany("select match_key, brand_key, line, hash from part_stage order by match_key, brand_key, line", [], [[]], (_, row) =>
        {
            stop.ThrowIfCancellationRequested();
            if (row.Text(0) != match || row.Text(1) != brand) Close();
            if (group.Count == 0) (match, brand, hash) = (row.Text(0), row.Text(1), row.Long(3));
            isOne &= row.Long(3) == hash;
            group.Add((int)row.Long(2));
        });
        Close();
        return (order, repeated, conflicts);
    }, stop);

    /// <summary>What the lines make of their parts.</summary>
    static async Task<Prepared> Prepare(Tx tx, PartImport import, List<int> lines)
    {
        var (turn, applied) = (await PartCatalogue.Turn(tx), await PartCatalogue.Applied(tx));
        var told = (await Bodies(tx, lines)).ConvertAll(line => (line.Line, Says: PartLine.OfText(line.Body)));
        var rows = (await PartCatalogue.Rows(tx, told.ConvertAll(line => line.Says.Key))).ToDictionary(row => (row.MatchKey, row.BrandKey));
        var prepared = new Prepared(turn, lines);
        foreach (var (line, says) in told)
            try
            {
                var row = rows.GetValueOrDefault(says.Key);
                var seen = row?.Seen(applied);
                var before = seen is null ? null : PartRow.Read(row!.Id, seen);
                var after = says.On(before, import.ToldAt);
                var next = PartRow.Write(after);
                // That stock is as it was is news of no kind but that it still is.
                var isSame = before is not null && (next == seen || before.Stock?.Quantity == after.Stock?.Quantity && PartRow.Write(after with { Stock = before.Stock }) == seen);
                prepared.Counts += isSame ? new(Same: 1) : before is null ? new(Added: 1) : new(Changed: 1);
                if (next == seen) continue;
                var changed = new PartRow(row?.Id ?? 0, says.Key.Match, says.Key.Brand, seen, next, import.Id);
                prepared.Parts.Add((changed, row is null ? "" : PartIndex.WordsOf(row), row is null ? PartIndex.Text(PartIndex.WordsOf(after)) : PartIndex.WordsOf(changed)));
            }
            catch (Refusal refusal)
            {
                prepared.Faults.Add(new(line, refusal, $"{says.Brand}\t{says.Reference}"));
            }

        return prepared;
    }

    /// <summary>Behind what is seen.</summary>
    async Task Keep(Tx tx, PartImport import, Prepared prepared)
    {
        var id = await PartCatalogue.NewIds(tx, prepared.Parts.Count(part => part.Row.Id == 0));
        var (rows, words) = (new List<object?[]>(prepared.Parts.Count), new List<(long, string, string)>(prepared.Parts.Count));
        foreach (var (row, before, after) in prepared.Parts)
        {
            var own = row.Id == 0 ? id++ : row.Id;
            rows.Add([own, row.MatchKey, row.BrandKey, row.Content, row.Next, row.Import]);
            words.Add((own, before, after));
        }

        await tx.Insert(PartCatalogue.Upsert, rows);
        await PartIndex.Change(tx, words);
        await Store.Refuse(tx, import.Id, prepared.Faults);
    }

    /// <summary>Takes back what was prepared.</summary>
    async Task TakeBack(PartImport import, CancellationToken stop)
    {
        await Clear(import, stop);
        for (var after = import.Counts is { Added: 0, Changed: 0, Same: 0 } ? long.MaxValue : 0; after < long.MaxValue;)
            await Step(import, async tx =>
            {
                var page = await tx.List<PartRow>($"select {PartRow.Columns} from parts where id > @after order by id limit {BatchMax}", new { after });
                var prepared = page.FindAll(row => row.Import == import.Id);
                await tx.RunMany("delete from parts where id = @id", ["id"], [.. prepared.Where(row => row.Content is null).Select(row => new object?[] { row.Id })]);
                await tx.Insert(PartCatalogue.Upsert, [.. prepared.Where(row => row.Content is not null).Select(row => new object?[] { row.Id, row.MatchKey, row.BrandKey, row.Content, null, null })]);
                await PartIndex.Change(tx, prepared.ConvertAll(row => (row.Id, PartIndex.WordsOf(row), PartIndex.WordsOf(row with { Next = null }))));
                after = page.Count == 0 ? long.MaxValue : page[^1].Id;
            }, stop);
        await Step(import, tx => imports.End(tx, import), stop);
    }

    /// <summary>What is not needed any more: the file, and its lines that were put aside.</summary>
    async Task Clear(PartImport import, CancellationToken stop)
    {
        for (var left = 1; left > 0;)
            await Step(import, async tx =>
                left = await tx.Run("delete from part_import_chunks where import_id = @Id and number in (select number from part_import_chunks where import_id = @Id order by number limit 16)", new { import.Id }), stop);
        await Step(import, tx => tx.Run(tx.IsPostgres ? "truncate part_stage" : "delete from part_stage"), stop);
        if (Db.IsPostgres) await Step(import, tx => tx.Run("select gin_clean_pending_list('part_words_found')"), stop);
    }

    static async Task<List<(long Line, string Body)>> Bodies(Tx tx, List<int> lines)
    {
        if (tx.IsPostgres) return await tx.List<(long, string)>("select line, body from part_stage where line = any(@lines) order by match_key, brand_key", new { lines = lines.ToArray() });
        var bodies = new List<(long, string)>();
        await tx.QueryMany("select line, body from part_stage where line = @line", ["line"], lines.ConvertAll(line => new object?[] { line }), (_, row) => bodies.Add((row.Long(0), row.Text(1))));
        return bodies;
    }

    static string ContentOf(TableRow row)
    {
        var content = string.Join('\t', row.Cells.Select(cell => cell.Text));
        return content.Length > ContentMax ? content[..ContentMax] : content;
    }

    Task Change(PartImport import, Func<PartImport, PartImport> decide, CancellationToken stop) => Step(import, async tx => await PartImports.Save(tx, decide((await PartImports.Find(tx, import.Id))!)), stop);

    sealed class Batch
    {
        public List<object?[]> Lines { get; } = [];

        public List<LineFault> Faults { get; } = [];

        public long Last { get; set; }

        /// <summary>Bytes of the file.</summary>
        public long Done { get; set; }
    }

    /// <summary>What lines of the file come to, before it is written down.</summary>
    /// <param name="Turn">When the catalogue was looked at.</param>
    sealed record Prepared(long Turn, List<int> Lines)
    {
        public List<(PartRow Row, string WordsBefore, string WordsAfter)> Parts { get; } = [];

        public List<LineFault> Faults { get; } = [];

        public PartCounts Counts { get; set; }
    }
}
