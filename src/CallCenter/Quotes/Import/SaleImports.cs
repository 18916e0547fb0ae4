using CallCenter.Audit;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Quotes.Import;

/// <summary>
/// Keeps the imports of quotes and of orders: what people do with them. The file lies in the database until it is over, so that whatever node goes on
/// with it, also after a crash, has it; see <see cref="SaleLoading"/> for the work itself.
/// </summary>
sealed class SaleImports(Db db, AuditLog audit, TimeProvider clock)
{
    public const long FileMax = 64 * 1024 * 1024;

    const int NameMax = 200;
    const int RecentMax = 1000;

    /// <summary>The file, the refused lines, and who is at it.</summary>
    internal ImportStore Store { get; } = new(db, "sale", FileMax, clock);

    /// <summary>The newest ones first.</summary>
    public Task<List<SaleImport>> Recent(int limit, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<SaleImportRow>($"select {SaleImportRow.Columns} from sale_imports order by id desc limit {Math.Clamp(limit, 1, RecentMax)}")).ConvertAll(row => row.ToImport()), stop);

    /// <summary>The one that is not over, if any.</summary>
    public Task<SaleImport?> Open(CancellationToken stop = default) => db.Read(Open, stop);

    public Task<SaleImport?> Find(long id, CancellationToken stop = default) => db.Read(tx => Find(tx, id), stop);

    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="usualMark">The decimal mark of whoever brings it, where the figures in the file do not tell.</param>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    public async Task<SaleImport> Take(Stream file, string name, bool ofOrders, char usualMark, Actor by, Action<long>? received = null, CancellationToken stop = default)
    {
        var import = await Begin(name, ofOrders, by, stop);
        var copy = ImportStore.CopyPath();
        try
        {
            var hash = await Store.Receive(import.Id, file, copy, received, stop);
            var (table, first) = await Task.Run(() => ImportStore.Look(copy, least: 2, stop), stop);
            return await db.Write(async tx =>
            {
                var guess = SaleMapping.Guess(first, ofOrders, usualMark);
                if (!first.Exists(row => row.Line > guess.HeadLine)) throw new Refusal(RefusalKind.Invalid, "csv.empty");
                var before = (await tx.List<SaleImportRow>($"select {SaleImportRow.Columns} from sale_imports where state = 'Applied' order by id desc limit {ImportStore.Remembered}")).ConvertAll(row => row.ToImport());
                var known = before.Find(one => one.OfOrders == ofOrders && one.Mapping?.IsOfColumns(guess) == true)?.Mapping;
                var looked = import with
                {
                    State = SaleImportState.Mapping,
                    Kind = table.Kind,
                    Hash = hash,
                    Bytes = new FileInfo(copy).Length,
                    Mapping = known is null ? guess : known with { HeadLine = guess.HeadLine },
                    Sample = ImportStore.SampleOf(first, guess.HeadLine),
                };
                await Save(tx, looked);
                await Store.LetGo(tx, import.Id);
                return looked;
            }, stop);
        }
        catch (Exception e)
        {
            await db.Write(async tx =>
            {
                await QuoteBook.TakeTurn(tx);
                // Another may have taken it for given up.
                if (await Find(tx, import.Id) is { IsActive: true } left) await End(tx, left, e as Refusal, by);
            }, CancellationToken.None);
            throw;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>The columns are these: from now on the server reads and compares the file, and changes nothing.</summary>
    public async Task<SaleImport> Start(long id, SaleMapping mapping, CancellationToken stop = default)
    {
        var started = await Change(id, import => import.Start(mapping), stop);
        Store.Wake();
        return started;
    }

    /// <summary>What was shown shall be: from now on the server writes quotes or orders.</summary>
    public Task<SaleImport> Apply(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var applying = (await Known(tx, id)).Apply(by);
        await Save(tx, applying);
        // What is counted from here on was done.
        await tx.Run("update sale_imports set line = 0, added = 0, changed = 0, same = 0 where id = @id", new { id });
        tx.Announce(Store.Wake);
        return applying with { Counts = new(Refused: applying.Counts.Refused) };
    }, stop);

    /// <summary>It is not wanted any more. Documents that were written stay; which, the counts tell.</summary>
    public Task<SaleImport> Cancel(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        return await End(tx, await Known(tx, id), null, by);
    }, stop);

    /// <summary>The lines that were not taken, as far as they are kept, from the first on.</summary>
    public IAsyncEnumerable<LineFault> Faults(long id, CancellationToken stop = default) => Store.Faults(id, stop);

    internal static async Task<SaleImport?> Find(Tx tx, long id) =>
        (await tx.Maybe<SaleImportRow>($"select {SaleImportRow.Columns} from sale_imports where id = @id", new { id }))?.ToImport();

    internal static Task Save(Tx tx, SaleImport import) =>
        tx.Run("update sale_imports set state = @state, body = @body, sample = @sample, hash = @Hash, done = @Done, total = @total, ended_at = @ended where id = @Id", SaleImportRow.Values(import));

    /// <summary>Over before its end, for a person's wish or for a fault.</summary>
    internal async Task<SaleImport> End(Tx tx, SaleImport import, Refusal? fault, Actor by)
    {
        var ended = import.End(clock.GetUtcNow(), fault);
        await Close(tx, ended, by);
        return ended;
    }

    /// <summary>Over: what is not needed any more goes, and what was written is told.</summary>
    internal async Task Close(Tx tx, SaleImport ended, Actor by)
    {
        await Save(tx, ended with { Sample = [] });
        await tx.Run("delete from sale_import_chunks where import_id = @Id", new { ended.Id });
        await tx.Run(tx.IsPostgres ? "truncate sale_import_lines" : "delete from sale_import_lines");
        if (ended.State is not (SaleImportState.Applied or SaleImportState.Stopped)) return;
        await audit.Note(tx, by, ended.OfOrders ? "order.imported" : "quote.imported", $"import:{ended.Id}",
            new { ended.FileName, finished = ended.State == SaleImportState.Applied, ended.Counts.Added, ended.Counts.Changed, ended.Counts.Same, ended.Counts.Refused });
    }

    static async Task<SaleImport?> Open(Tx tx) => (await tx.Maybe<SaleImportRow>($"select {SaleImportRow.Columns} from sale_imports where ended_at is null"))?.ToImport();

    Task<SaleImport> Begin(string name, bool ofOrders, Actor by, CancellationToken stop) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var now = clock.GetUtcNow();
        if (await Open(tx) is { } other)
        {
            await Store.MustBeLeft(tx, other.Id, other.State == SaleImportState.Receiving, other.FileName, other.CreatedBy);
            await End(tx, other, null, by);
        }

        var id = await Store.NextId(tx);
        var import = new SaleImport(id, ofOrders, SaleImportState.Receiving, name.Length > NameMax ? name[..NameMax] : name, 0, "", "", null, [], 0, 0, default, null, now, by.Name, null, null);
        await tx.Run(
            """
            insert into sale_imports (id, state, body, sample, hash, line, done, total, added, changed, same, refused, created_at, held_until)
            values (@Id, @state, @body, @sample, @Hash, 0, 0, 0, 0, 0, 0, 0, @created, 0)
            """, SaleImportRow.Values(import));
        await Store.Keep(tx, id);
        return import;
    }, stop);

    Task<SaleImport> Change(long id, Func<SaleImport, SaleImport> decide, CancellationToken stop) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var changed = decide(await Known(tx, id));
        await Save(tx, changed);
        return changed;
    }, stop);

    static async Task<SaleImport> Known(Tx tx, long id) => await Find(tx, id) ?? throw ImportStore.Unknown(id);
}
