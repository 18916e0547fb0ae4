using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Importing;

/// <summary>
/// Keeps the imports of one kind: what people do with them. The file lies in the database until it is over, so that whatever node goes on
/// with it, also after a crash, has it; an <see cref="ImportWorker{TImport}"/> does the work.
/// </summary>
/// <param name="kind">As in the names of its tables.</param>
abstract class PlannedImports<TImport, TMapping>(Db db, string kind, AuditLog audit, TimeProvider clock)
    where TImport : PlannedImport<TImport, TMapping>
    where TMapping : class
{
    public const long FileMax = 64 * 1024 * 1024;

    const int NameMax = 200;
    const int RecentMax = 1000;

    protected const string Columns = "id, state, body, sample, hash, done, total, added, changed, same, refused, created_at, ended_at";

    /// <summary>The file, the refused lines, and who is at it.</summary>
    internal ImportStore Store { get; } = new(db, kind, FileMax, clock);

    /// <summary>The newest ones first.</summary>
    public Task<List<TImport>> Recent(int limit, CancellationToken stop = default) => db.Read(tx => List(tx, $"select {Columns} from {kind}_imports order by id desc limit {Math.Clamp(limit, 1, RecentMax)}", null), stop);

    /// <summary>The one that is not over, if any.</summary>
    public Task<TImport?> Open(CancellationToken stop = default) => db.Read(Open, stop);

    public Task<TImport?> Find(long id, CancellationToken stop = default) => db.Read(tx => Find(tx, id), stop);

    /// <summary>The columns are these: from now on the server reads and compares the file, and changes nothing.</summary>
    public async Task<TImport> Start(long id, TMapping mapping, CancellationToken stop = default)
    {
        var started = await Change(id, import => import.Start(mapping), stop);
        Store.Wake();
        return started;
    }

    /// <summary>What was shown shall be: from now on the server writes.</summary>
    public Task<TImport> Apply(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        var applying = (await Known(tx, id)).Apply(by);
        await Save(tx, applying);
        // What is counted from here on was done.
        await tx.Run($"update {kind}_imports set line = 0, added = 0, changed = 0, same = 0 where id = @id", new { id });
        tx.Announce(Store.Wake);
        return applying with { Counts = new(Refused: applying.Counts.Refused) };
    }, stop);

    /// <summary>It is not wanted any more. What was written stays; how much, the counts tell.</summary>
    public Task<TImport> Cancel(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        return await End(tx, await Known(tx, id), null, by);
    }, stop);

    /// <summary>The lines that were not taken, as far as they are kept, from the first on.</summary>
    public IAsyncEnumerable<LineFault> Faults(long id, CancellationToken stop = default) => Store.Faults(id, stop);

    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="least">Lines without which it is no table of this kind.</param>
    /// <param name="make">A new one of that id, file name and moment.</param>
    /// <param name="map">What its columns seem to be, given its first lines and the imports before; and the line that names them.</param>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    protected async Task<TImport> Take(
        Stream file, string name, int least, Func<long, string, DateTimeOffset, TImport> make, Func<List<TableRow>, List<TImport>, (TMapping Mapping, int HeadLine)> map, Actor by, Action<long>? received, CancellationToken stop)
    {
        var import = await Begin(name, make, by, stop);
        var copy = ImportStore.CopyPath();
        try
        {
            var hash = await Store.Receive(import.Id, file, copy, received, stop);
            var (table, first) = await Task.Run(() => ImportStore.Look(copy, least, stop), stop);
            return await db.Write(async tx =>
            {
                var (mapping, head) = map(first, await List(tx, $"select {Columns} from {kind}_imports where state = 'Applied' order by id desc limit {ImportStore.Remembered}", null));
                if (!first.Exists(row => row.Line > head)) throw new Refusal(RefusalKind.Invalid, "csv.empty");
                var looked = import with { State = ImportState.Mapping, Kind = table.Kind, Hash = hash, Bytes = new FileInfo(copy).Length, Mapping = mapping, Sample = ImportStore.SampleOf(first, head) };
                await Save(tx, looked);
                await Store.LetGo(tx, import.Id);
                return looked;
            }, stop);
        }
        catch (Exception e)
        {
            await db.Write(async tx =>
            {
                await TakeTurn(tx);
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

    protected Task<TImport> Change(long id, Func<TImport, TImport> decide, CancellationToken stop) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        var changed = decide(await Known(tx, id));
        await Save(tx, changed);
        return changed;
    }, stop);

    internal async Task<TImport?> Find(Tx tx, long id) => (await List(tx, $"select {Columns} from {kind}_imports where id = @id", new { id })).FirstOrDefault();

    internal Task Save(Tx tx, TImport import) =>
        tx.Run($"update {kind}_imports set state = @state, body = @body, sample = @sample, hash = @Hash, done = @Done, total = @total, ended_at = @ended where id = @Id", ValuesOf(import));

    /// <summary>Over before its end, for a person's wish or for a fault.</summary>
    internal async Task<TImport> End(Tx tx, TImport import, Refusal? fault, Actor by)
    {
        var ended = import.End(clock.GetUtcNow(), fault);
        await Close(tx, ended, by);
        return ended;
    }

    /// <summary>Over: what is not needed any more goes, and what was written is told.</summary>
    internal async Task Close(Tx tx, TImport ended, Actor by)
    {
        await Save(tx, ended with { Sample = [] });
        await tx.Run($"delete from {kind}_import_chunks where import_id = @Id", new { ended.Id });
        await tx.Run(tx.IsPostgres ? $"truncate {kind}_import_lines" : $"delete from {kind}_import_lines");
        if (ended.State is not (ImportState.Applied or ImportState.Stopped)) return;
        await Written(tx, ended);
        await audit.Note(tx, by, ActionOf(ended), $"import:{ended.Id}",
            new { ended.FileName, finished = ended.State == ImportState.Applied, ended.Counts.Added, ended.Counts.Changed, ended.Counts.Same, ended.Counts.Refused });
    }

    /// <summary>Nobody else changes what it changes, until the end of the transaction.</summary>
    protected abstract Task TakeTurn(Tx tx);

    protected abstract Task<List<TImport>> List(Tx tx, string sql, object? values);

    /// <summary>For the columns of its row.</summary>
    protected abstract object ValuesOf(TImport import);

    /// <summary>As the audit calls it.</summary>
    protected abstract string ActionOf(TImport ended);

    /// <summary>Something was written.</summary>
    protected virtual Task Written(Tx tx, TImport ended) => Task.CompletedTask;

    async Task<TImport?> Open(Tx tx) => (await List(tx, $"select {Columns} from {kind}_imports where ended_at is null", null)).FirstOrDefault();

    Task<TImport> Begin(string name, Func<long, string, DateTimeOffset, TImport> make, Actor by, CancellationToken stop) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        if (await Open(tx) is { } other)
        {
            await Store.MustBeLeft(tx, other.Id, other.State == ImportState.Receiving, other.FileName, other.CreatedBy);
            await End(tx, other, null, by);
        }

        var id = await Store.NextId(tx);
        var import = make(id, name.Length > NameMax ? name[..NameMax] : name, clock.GetUtcNow());
        await tx.Run(
            $"""
            insert into {kind}_imports (id, state, body, sample, hash, line, done, total, added, changed, same, refused, created_at, held_until)
            values (@Id, @state, @body, @sample, @Hash, 0, 0, 0, 0, 0, 0, 0, @created, 0)
            """, ValuesOf(import));
        await Store.Keep(tx, id);
        return import;
    }, stop);

    async Task<TImport> Known(Tx tx, long id) => await Find(tx, id) ?? throw ImportStore.Unknown(id);
}
