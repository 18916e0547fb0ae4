using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using CallCenter.Storage;

namespace CallCenter.Parts.Import;

/// <summary>
/// Does the work of imports, on one node, a small transaction at a time, so that calls are taken in meanwhile: reads the file and
/// puts its lines aside; compares them with the catalogue in the order of the references, so that its index is written from one end
/// to the other, and prepares what changes. Whoever goes on after a crash begins behind the last transaction.
/// </summary>
sealed class PartLoading(Db db, PartImports imports, TimeProvider clock, ILogger<PartLoading> logger) : BackgroundService
{
    const int BatchMax = 4000;
    const int ContentMax = 1000;
    const int BatchesAhead = 2;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    static readonly Insertion Stage = new("part_stage", ["line", "match_key", "brand_key", "hash", "body"]);
    static readonly Insertion Faults = new("part_import_faults", ["import_id", "line", "fault", "content"], "on conflict (import_id, line) do nothing");

    readonly string me = Guid.NewGuid().ToString("n");
    readonly SemaphoreSlim wake = new(1);

    /// <summary>Does what there is to do for an import, until a person has to say something or it is over.</summary>
    /// <returns>As it is then; also when another process is at it.</returns>
    public async Task<PartImport> Run(long id, CancellationToken stop)
    {
        while (true)
        {
            var import = await imports.Find(id, stop) ?? throw new Refusal(RefusalKind.NotFound, "part-import.unknown", id);
            if (!import.IsRunning || !await Hold(id, stop)) return import;
            try
            {
                await (import.State switch
                {
                    PartImportState.Reading => Read(import, stop),
                    PartImportState.Comparing => Compare(import, stop),
                    PartImportState.Discarding => TakeBack(import, stop),
                    _ => throw new InvalidOperationException($"Nothing to do for {import.State}."),
                });
            }
            catch (Refusal refusal)
            {
                await Change(import, one => one.Discard(refusal), stop);
            }
            catch (ElsewhereException)
            {
                // Somebody wants otherwise, or went on with it: as it is now.
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        imports.Waiting += Wake;
        try
        {
            while (true)
            {
                await wake.WaitAsync(LookEvery, stoppingToken);
                try
                {
                    if (await db.Read(tx => tx.Maybe<long?>("select id from part_imports where ended_at is null and state in ('Reading', 'Comparing', 'Discarding')"), stoppingToken) is { } id) await Run(id, stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning("An import of parts could not go on, trying again: {Reason}", e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; it goes on from there when it starts.
        }
        finally
        {
            imports.Waiting -= Wake;
        }
    }

    async Task Read(PartImport import, CancellationToken stop)
    {
        var copy = Path.Combine(Path.GetTempPath(), $"callcenter-import-{Guid.NewGuid():n}");
        try
        {
            await Unpack(import.Id, copy, stop);
            var from = await db.Read(tx => tx.One<long>("select line from part_imports where id = @Id", new { import.Id }), stop);
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var batches = Channel.CreateBounded<Batch>(BatchesAhead);
            var reading = Task.Run(() => ReadFile(copy, import.Mapping!, from, batches.Writer, leaving.Token), CancellationToken.None);
            try
            {
                await foreach (var batch in batches.Reader.ReadAllAsync(stop))
                    await Step(import, async tx =>
                    {
                        await tx.Insert(Stage, batch.Lines);
                        await KeepFaults(tx, import.Id, batch.Faults);
                        await tx.Run("update part_imports set line = @line, done = @Done, refused = refused + @refused where id = @Id", new { import.Id, line = batch.Last, batch.Done, refused = batch.Faults.Count });
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
                    batch.Faults.Add(new(row.Line, refusal, string.Join('\t', row.Cells.Select(cell => cell.Text))));
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
        if (await db.Read(tx => tx.One<long>("select total from part_imports where id = @Id", new { import.Id }), stop) == 0)
            await Step(import, async tx =>
            {
                await KeepFaults(tx, import.Id, conflicts);
                await tx.Run("update part_imports set total = @total, repeated = @repeated, refused = refused + @refused where id = @Id",
                    new { import.Id, total = Math.Max(1, order.Count), repeated, refused = conflicts.Count });
            }, stop);
        else import = (await imports.Find(import.Id, stop))!;

        // What is next is worked out on the other core while this is written.
        Task<Prepared> Ahead(int at) => db.Read(tx => Prepare(tx, import, order.GetRange(at, Math.Min(BatchMax, order.Count - at))), stop);
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
                await tx.Run(
                    """
                    update part_imports set done = done + @Count, added = added + @Added, changed = changed + @Changed, same = same + @Same, refused = refused + @Refused where id = @Id
                    """, new { import.Id, prepared.Lines.Count, prepared.Counts.Added, prepared.Counts.Changed, prepared.Counts.Same, prepared.Counts.Refused });
            }, stop);
        }

        await Clear(import, stop);
        await Change(import, one => one with { State = PartImportState.Ready }, stop);
    }

    /// <summary>
    /// The lines in the order of the catalogue's index, each part once: a line that says the same again is left out, and where two
    /// say different things of one part, nobody knows which is right.
    /// </summary>
    Task<(List<int> Order, long Repeated, List<PartFault> Conflicts)> InOrder(CancellationToken stop) => db.Read(async tx =>
    {
        var (order, conflicts, repeated) = (new List<int>(), new List<PartFault>(), 0L);
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
                prepared.Counts += new PartCounts(Refused: 1);
                prepared.Faults.Add(new(line, refusal, $"{says.Brand}\t{says.Reference}"));
            }

        return prepared;
    }

    /// <summary>Behind what is seen.</summary>
    static async Task Keep(Tx tx, PartImport import, Prepared prepared)
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
        await KeepFaults(tx, import.Id, prepared.Faults);
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
        if (db.IsPostgres) await Step(import, tx => tx.Run("select gin_clean_pending_list('part_words_found')"), stop);
    }

    async Task Unpack(long id, string path, CancellationToken stop)
    {
        await using var copy = File.Create(path);
        for (var number = 0; ; number++)
        {
            var bytes = await db.Read(tx => tx.Maybe<byte[]>("select bytes from part_import_chunks where import_id = @id and number = @number", new { id, number }), stop);
            if (bytes is null) return;
            await copy.WriteAsync(bytes, stop);
        }
    }

    static async Task<List<(long Line, string Body)>> Bodies(Tx tx, List<int> lines)
    {
        if (tx.IsPostgres) return await tx.List<(long, string)>("select line, body from part_stage where line = any(@lines) order by match_key, brand_key", new { lines = lines.ToArray() });
        var bodies = new List<(long, string)>();
        await tx.QueryMany("select line, body from part_stage where line = @line", ["line"], lines.ConvertAll(line => new object?[] { line }), (_, row) => bodies.Add((row.Long(0), row.Text(1))));
        return bodies;
    }

    static async Task KeepFaults(Tx tx, long id, List<PartFault> faults)
    {
        if (faults.Count == 0) return;
        var room = PartImports.FaultsMax - await tx.One<long>("select count(*) from part_import_faults where import_id = @id", new { id });
        await tx.Insert(Faults, [.. faults.Take((int)Math.Max(0, room)).Select(fault => new object?[] { id, fault.Line, PartImportRow.Write(fault.Why), fault.Content.Length > ContentMax ? fault.Content[..ContentMax] : fault.Content })]);
    }

    Task<bool> Hold(long id, CancellationToken stop) => db.Write(async tx =>
    {
        var now = clock.GetUtcNow();
        return await tx.Run("update part_imports set holder = @me, held_until = @until where id = @id and (holder = @me or held_until < @now)",
            new { id, me, now = now.ToUnixTimeMilliseconds(), until = (now + PartImports.Held).ToUnixTimeMilliseconds() }) == 1;
    }, stop);

    /// <summary>One transaction, in the turn of those who change parts, as long as the import is in our hands and nobody wants otherwise.</summary>
    Task Step(PartImport import, Func<Tx, Task> work, CancellationToken stop) => db.Write(async tx =>
    {
        await PartCatalogue.Wait(tx);
        // A plan of when the tables were small would look at every row.
        if (tx.IsPostgres) await tx.Run("set local enable_seqscan = off");
        var until = (clock.GetUtcNow() + PartImports.Held).ToUnixTimeMilliseconds();
        if (await tx.Run("update part_imports set held_until = @until where id = @Id and holder = @me and state = @state", new { import.Id, me, until, state = $"{import.State}" }) == 0) throw new ElsewhereException();
        await work(tx);
    }, stop);

    Task Change(PartImport import, Func<PartImport, PartImport> decide, CancellationToken stop) => Step(import, async tx => await PartImports.Save(tx, decide((await PartImports.Find(tx, import.Id))!)), stop);

    void Wake()
    {
        lock (wake)
            if (wake.CurrentCount == 0) wake.Release();
    }

    sealed class Batch
    {
        public List<object?[]> Lines { get; } = [];

        public List<PartFault> Faults { get; } = [];

        public long Last { get; set; }

        /// <summary>Bytes of the file.</summary>
        public long Done { get; set; }
    }

    /// <summary>What lines of the file come to, before it is written down.</summary>
    /// <param name="Turn">When the catalogue was looked at.</param>
    sealed record Prepared(long Turn, List<int> Lines)
    {
        public List<(PartRow Row, string WordsBefore, string WordsAfter)> Parts { get; } = [];

        public List<PartFault> Faults { get; } = [];

        public PartCounts Counts { get; set; }
    }

    sealed class ElsewhereException : Exception;
}
