using CallCenter.Audit;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Customers.Import;

/// <summary>
/// Keeps the imports of customers: what people do with them. The file lies in the database until it is over, so that whatever node goes on
/// with it, also after a crash, has it; see <see cref="CustomerLoading"/> for the work itself.
/// </summary>
sealed class CustomerImports(Db db, CustomerErrands errands, AuditLog audit, TimeProvider clock)
{
    public const long FileMax = 64 * 1024 * 1024;

    const int NameMax = 200;
    const int RecentMax = 1000;

    /// <summary>The file, the refused lines, and who is at it.</summary>
    internal ImportStore Store { get; } = new(db, "customer", FileMax, clock);

    /// <summary>The newest ones first.</summary>
    public Task<List<CustomerImport>> Recent(int limit, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<CustomerImportRow>($"select {CustomerImportRow.Columns} from customer_imports order by id desc limit {Math.Clamp(limit, 1, RecentMax)}")).ConvertAll(row => row.ToImport()), stop);

    /// <summary>The one that is not over, if any.</summary>
    public Task<CustomerImport?> Open(CancellationToken stop = default) => db.Read(Open, stop);

    public Task<CustomerImport?> Find(long id, CancellationToken stop = default) => db.Read(tx => Find(tx, id), stop);

    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    public async Task<CustomerImport> Take(Stream file, string name, Actor by, Action<long>? received = null, CancellationToken stop = default)
    {
        var import = await Begin(name, by, stop);
        var copy = ImportStore.CopyPath();
        try
        {
            var hash = await Store.Receive(import.Id, file, copy, received, stop);
            var (table, first) = await Task.Run(() => ImportStore.Look(copy, least: 1, stop), stop);
            return await db.Write(async tx =>
            {
                var guess = CustomerMapping.Guess(first);
                if (!first.Exists(row => row.Line > guess.HeadLine)) throw new Refusal(RefusalKind.Invalid, "csv.empty");
                var before = (await tx.List<CustomerImportRow>($"select {CustomerImportRow.Columns} from customer_imports where state = 'Applied' order by id desc limit {ImportStore.Remembered}")).ConvertAll(row => row.ToImport());
                var known = before.Find(one => one.Mapping?.IsOfColumns(guess) == true)?.Mapping;
                var looked = import with
                {
                    State = CustomerImportState.Mapping,
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
                await CustomerBook.TakeTurn(tx);
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

    /// <summary>Its first line names the columns after all, or it is a customer like the others: what is guessed and shown of it anew.</summary>
    public async Task<CustomerImport> Name(long id, bool isNamed, CancellationToken stop = default)
    {
        var copy = ImportStore.CopyPath();
        try
        {
            await Store.Unpack(id, copy, stop);
            var (_, first) = await Task.Run(() => ImportStore.Look(copy, least: 1, stop), stop);
            var guess = CustomerMapping.Guess(first, isNamed);
            return await Change(id, import => import.State != CustomerImportState.Mapping ? import : import with { Mapping = guess, Sample = ImportStore.SampleOf(first, guess.HeadLine) }, stop);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>The columns are these: from now on the server reads and compares the file, and changes no customer.</summary>
    public async Task<CustomerImport> Start(long id, CustomerMapping mapping, CancellationToken stop = default)
    {
        var started = await Change(id, import => import.Start(mapping), stop);
        Store.Wake();
        return started;
    }

    /// <summary>What was shown shall be: from now on the server writes the customers.</summary>
    public Task<CustomerImport> Apply(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        var applying = (await Known(tx, id)).Apply(by);
        await Save(tx, applying);
        // What is counted from here on was done.
        await tx.Run("update customer_imports set line = 0, added = 0, changed = 0, same = 0 where id = @id", new { id });
        tx.Announce(Store.Wake);
        return applying with { Counts = new(Refused: applying.Counts.Refused) };
    }, stop);

    /// <summary>It is not wanted any more. Customers that were written stay; which, the counts tell.</summary>
    public Task<CustomerImport> Cancel(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        return await End(tx, await Known(tx, id), null, by);
    }, stop);

    /// <summary>The lines that were not taken, as far as they are kept, from the first on.</summary>
    public IAsyncEnumerable<LineFault> Faults(long id, CancellationToken stop = default) => Store.Faults(id, stop);

    internal static async Task<CustomerImport?> Find(Tx tx, long id) =>
        (await tx.Maybe<CustomerImportRow>($"select {CustomerImportRow.Columns} from customer_imports where id = @id", new { id }))?.ToImport();

    internal static Task Save(Tx tx, CustomerImport import) =>
        tx.Run("update customer_imports set state = @state, body = @body, sample = @sample, hash = @Hash, done = @Done, total = @total, ended_at = @ended where id = @Id", CustomerImportRow.Values(import));

    /// <summary>Over before its end, for a person's wish or for a fault.</summary>
    internal async Task<CustomerImport> End(Tx tx, CustomerImport import, Refusal? fault, Actor by)
    {
        var ended = import.End(clock.GetUtcNow(), fault);
        await Close(tx, ended, by);
        return ended;
    }

    /// <summary>Over: what is not needed any more goes, and what was written is told.</summary>
    internal async Task Close(Tx tx, CustomerImport ended, Actor by)
    {
        await Save(tx, ended with { Sample = [] });
        await tx.Run("delete from customer_import_chunks where import_id = @Id", new { ended.Id });
        await tx.Run(tx.IsPostgres ? "truncate customer_import_lines" : "delete from customer_import_lines");
        if (ended.State is not (CustomerImportState.Applied or CustomerImportState.Stopped)) return;
        // Earlier calls of so many numbers are looked at together.
        if (ended.Counts.Added + ended.Counts.Changed > 0) await errands.Add(tx, CustomerErrand.Numbers);
        await audit.Note(tx, by, "customer.imported", $"import:{ended.Id}",
            new { ended.FileName, finished = ended.State == CustomerImportState.Applied, ended.Counts.Added, ended.Counts.Changed, ended.Counts.Same, ended.Counts.Refused });
    }

    static async Task<CustomerImport?> Open(Tx tx) => (await tx.Maybe<CustomerImportRow>($"select {CustomerImportRow.Columns} from customer_imports where ended_at is null"))?.ToImport();

    Task<CustomerImport> Begin(string name, Actor by, CancellationToken stop) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        var now = clock.GetUtcNow();
        if (await Open(tx) is { } other)
        {
            await Store.MustBeLeft(tx, other.Id, other.State == CustomerImportState.Receiving, other.FileName, other.CreatedBy);
            await End(tx, other, null, by);
        }

        var id = await Store.NextId(tx);
        var import = new CustomerImport(id, CustomerImportState.Receiving, name.Length > NameMax ? name[..NameMax] : name, 0, "", "", null, [], 0, 0, default, null, now, by.Name, null, null);
        await tx.Run(
            """
            insert into customer_imports (id, state, body, sample, hash, line, done, total, added, changed, same, refused, created_at, held_until)
            values (@Id, @state, @body, @sample, @Hash, 0, 0, 0, 0, 0, 0, 0, @created, 0)
            """, CustomerImportRow.Values(import));
        await Store.Keep(tx, id);
        return import;
    }, stop);

    Task<CustomerImport> Change(long id, Func<CustomerImport, CustomerImport> decide, CancellationToken stop) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        var changed = decide(await Known(tx, id));
        await Save(tx, changed);
        return changed;
    }, stop);

    static async Task<CustomerImport> Known(Tx tx, long id) => await Find(tx, id) ?? throw ImportStore.Unknown(id);
}
