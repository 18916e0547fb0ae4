using CallCenter.Audit;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Parts.Import;

/// <summary>
/// Keeps the imports: what people do with them. The file lies in the database until it is read, so that whatever node goes on with
/// it, also after a crash, has it; see <see cref="PartLoading"/> for the work itself.
/// </summary>
sealed class PartImports(Db db, AuditLog audit, TimeProvider clock)
{
    public const long FileMax = 300 * 1024 * 1024;

    const int NameMax = 200;
    const int RecentMax = 1000;

    /// <summary>The file, the refused lines, and who is at it.</summary>
    internal ImportStore Store { get; } = new(db, "part", FileMax, clock);

    /// <summary>The newest ones first.</summary>
    public Task<List<PartImport>> Recent(int limit, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<PartImportRow>($"select {PartImportRow.Columns} from part_imports order by id desc limit {Math.Clamp(limit, 1, RecentMax)}")).ConvertAll(row => row.ToImport()), stop);

    /// <summary>The one that is not over, if any.</summary>
    public Task<PartImport?> Open(CancellationToken stop = default) => db.Read(Open, stop);

    public Task<PartImport?> Find(long id, CancellationToken stop = default) => db.Read(tx => Find(tx, id), stop);

    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="usualMark">The decimal mark of whoever brings it, where the figures in the file do not tell.</param>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    public async Task<PartImport> Take(Stream file, string name, char usualMark, Actor by, Action<long>? received = null, CancellationToken stop = default)
    {
        var import = await Begin(name, by, stop);
        var copy = ImportStore.CopyPath();
        try
        {
            var hash = await Store.Receive(import.Id, file, copy, received, stop);
            var (table, rows) = await Task.Run(() => ImportStore.Look(copy, least: 2, stop), stop);
            return await db.Write(async tx =>
            {
                var guess = PartMapping.Guess(rows, usualMark);
                var before = (await tx.List<PartImportRow>($"select {PartImportRow.Columns} from part_imports where state = 'Applied' order by id desc limit {ImportStore.Remembered}")).ConvertAll(row => row.ToImport());
                var known = before.Find(one => one.Mapping?.IsOfColumns(guess) == true)?.Mapping;
                var toldAt = await tx.Maybe<long?>("select min(told_at) from part_imports where state = 'Applied' and hash = @hash", new { hash });
                var looked = import with
                {
                    State = PartImportState.Mapping,
                    Kind = table.Kind,
                    Hash = hash,
                    Bytes = new FileInfo(copy).Length,
                    Mapping = known is null ? guess : known with { HeadLine = guess.HeadLine },
                    ToldAt = toldAt is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : import.CreatedAt,
                    Sample = ImportStore.SampleOf(rows, guess.HeadLine),
                };
                await Save(tx, looked);
                await Store.LetGo(tx, import.Id);
                return looked;
            }, stop);
        }
        catch (Exception e)
        {
            // Nothing of it was prepared yet.
            await db.Write(tx => End(tx, import with { Fault = e as Refusal }), CancellationToken.None);
            throw;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>The columns are these: from now on the server reads and compares the file, and changes nothing that anybody sees.</summary>
    public async Task<PartImport> Start(long id, PartMapping mapping, CancellationToken stop = default)
    {
        var started = await Change(id, import => import.Start(mapping), stop);
        Store.Wake();
        return started;
    }

    /// <summary>Everybody sees what it makes of the catalogue.</summary>
    public Task<PartImport> Apply(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await PartCatalogue.TakeTurn(tx);
        var applied = (await Known(tx, id)).Apply(clock.GetUtcNow());
        await Save(tx, applied);
        await tx.Run("update counters set next = @id where name = 'catalogue'", new { id });
        await PartCatalogue.KeepTiers(tx, applied.Mapping!.Columns.Where(column => column.Field == PartField.Price).Select(column => column.Tier));
        await audit.Note(tx, by, "part.imported", $"import:{id}", new { applied.FileName, applied.Counts.Added, applied.Counts.Changed, applied.Counts.Same, applied.Counts.Refused });
        return applied;
    }, stop);

    /// <summary>It is not wanted any more; what was prepared is taken back, which may take a moment.</summary>
    public async Task<PartImport> Discard(long id, CancellationToken stop = default)
    {
        var discarded = await Change(id, import => import.Discard(), stop);
        Store.Wake();
        return discarded;
    }

    /// <summary>The lines that were not taken, as far as they are kept, from the first on.</summary>
    public IAsyncEnumerable<LineFault> Faults(long id, CancellationToken stop = default) => Store.Faults(id, stop);

    static async Task<PartImport?> Open(Tx tx) => (await tx.Maybe<PartImportRow>($"select {PartImportRow.Columns} from part_imports where ended_at is null"))?.ToImport();

    internal static async Task<PartImport?> Find(Tx tx, long id) => (await tx.Maybe<PartImportRow>($"select {PartImportRow.Columns} from part_imports where id = @id", new { id }))?.ToImport();

    internal static Task Save(Tx tx, PartImport import) =>
        tx.Run("update part_imports set state = @state, body = @body, sample = @sample, hash = @Hash, told_at = @told, done = @Done, total = @total, ended_at = @ended where id = @Id", PartImportRow.Values(import));

    /// <summary>Over, and nothing of it is seen.</summary>
    internal async Task End(Tx tx, PartImport import)
    {
        await tx.Run("delete from part_import_chunks where import_id = @Id", new { import.Id });
        await Save(tx, import with { State = import.Fault is null ? PartImportState.Discarded : PartImportState.Failed, EndedAt = clock.GetUtcNow(), Sample = [] });
    }

    Task<PartImport> Begin(string name, Actor by, CancellationToken stop) => db.Write(async tx =>
    {
        await PartCatalogue.Wait(tx);
        var now = clock.GetUtcNow();
        if (await Open(tx) is { } other)
        {
            await Store.MustBeLeft(tx, other.Id, other.State == PartImportState.Receiving, other.FileName, other.CreatedBy);
            await End(tx, other);
        }

        var id = await Store.NextId(tx);
        var import = new PartImport(id, PartImportState.Receiving, name.Length > NameMax ? name[..NameMax] : name, 0, "", "", now, null, [], 0, 0, default, null, now, by.Name, null);
        await tx.Run(
            """
            insert into part_imports (id, state, body, sample, hash, told_at, line, done, total, added, changed, same, repeated, refused, created_at, held_until)
            values (@Id, @state, @body, @sample, @Hash, @told, 0, 0, 0, 0, 0, 0, 0, 0, @created, 0)
            """, PartImportRow.Values(import));
        await Store.Keep(tx, id);
        return import;
    }, stop);

    Task<PartImport> Change(long id, Func<PartImport, PartImport> decide, CancellationToken stop) => db.Write(async tx =>
    {
        await PartCatalogue.Wait(tx);
        var changed = decide(await Known(tx, id));
        await Save(tx, changed);
        return changed;
    }, stop);

    static async Task<PartImport> Known(Tx tx, long id) => await Find(tx, id) ?? throw ImportStore.Unknown(id);
}
