using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Customers.Import;

/// <summary>A line that was not taken, and why.</summary>
/// <param name="Content">What stands in it, its cells parted by tabs.</param>
public sealed record CustomerFault(long Line, Refusal Why, string Content);

/// <summary>
/// Keeps the imports of customers: what people do with them. The file lies in the database until it is over, so that whatever node goes on
/// with it, also after a crash, has it; see <see cref="CustomerLoading"/> for the work itself.
/// </summary>
sealed class CustomerImports(Db db, CustomerErrands errands, AuditLog audit, TimeProvider clock)
{
    public const long FileMax = 64 * 1024 * 1024;

    /// <summary>Of refused lines, so many are kept for the report; the others are counted.</summary>
    public const int FaultsMax = 20_000;

    const int ChunkMax = 1024 * 1024;
    const int NameMax = 200;
    const int SampleLines = 5;
    const int SampleSigns = 60;
    const int LooksAtMax = 1000;
    const int ReportsKept = 10;
    const int PageMax = 1000;

    /// <summary>Who is at an import says so again within this time, or another may go on with it.</summary>
    internal static readonly TimeSpan Held = TimeSpan.FromMinutes(1);

    /// <summary>Heard when there is something to do here; whoever works on another node looks by itself.</summary>
    public event Action? Waiting;

    /// <summary>The newest ones first.</summary>
    public Task<List<CustomerImport>> Recent(int limit, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<CustomerImportRow>($"select {CustomerImportRow.Columns} from customer_imports order by id desc limit {Math.Clamp(limit, 1, PageMax)}")).ConvertAll(row => row.ToImport()), stop);

    /// <summary>The one that is not over, if any.</summary>
    public Task<CustomerImport?> Open(CancellationToken stop = default) => db.Read(Open, stop);

    public Task<CustomerImport?> Find(long id, CancellationToken stop = default) => db.Read(tx => Find(tx, id), stop);

    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    public async Task<CustomerImport> Take(Stream file, string name, Actor by, Action<long>? received = null, CancellationToken stop = default)
    {
        var import = await Begin(name, by, stop);
        var copy = CopyPath();
        try
        {
            var hash = await Receive(import.Id, file, copy, received, stop);
            var (table, first) = await Task.Run(() => Look(copy, stop), stop);
            return await db.Write(async tx =>
            {
                var guess = CustomerMapping.Guess(first);
                if (!first.Exists(row => row.Line > guess.HeadLine)) throw new Refusal(RefusalKind.Invalid, "csv.empty");
                var before = (await tx.List<CustomerImportRow>($"select {CustomerImportRow.Columns} from customer_imports where state = 'Applied' order by id desc limit {ReportsKept}")).ConvertAll(row => row.ToImport());
                var known = before.Find(one => one.Mapping?.IsOfColumns(guess) == true)?.Mapping;
                var looked = import with
                {
                    State = CustomerImportState.Mapping,
                    Kind = table.Kind,
                    Hash = hash,
                    Bytes = new FileInfo(copy).Length,
                    Mapping = known is null ? guess : known with { HeadLine = guess.HeadLine },
                    Sample = SampleOf(first, guess),
                };
                await Save(tx, looked);
                await tx.Run("update customer_imports set held_until = 0 where id = @Id", new { import.Id });
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
        var copy = CopyPath();
        try
        {
            await Unpack(id, copy, stop);
            var (_, first) = await Task.Run(() => Look(copy, stop), stop);
            var guess = CustomerMapping.Guess(first, isNamed);
            return await Change(id, import => import.State != CustomerImportState.Mapping ? import : import with { Mapping = guess, Sample = SampleOf(first, guess) }, stop);
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
        Waiting?.Invoke();
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
        tx.Announce(() => Waiting?.Invoke());
        return applying with { Counts = new(Refused: applying.Counts.Refused) };
    }, stop);

    /// <summary>It is not wanted any more. Customers that were written stay; which, the counts tell.</summary>
    public Task<CustomerImport> Cancel(long id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        return await End(tx, await Known(tx, id), null, by);
    }, stop);

    /// <summary>The lines that were not taken, as far as they are kept, from the first on.</summary>
    public async IAsyncEnumerable<CustomerFault> Faults(long id, [EnumeratorCancellation] CancellationToken stop = default)
    {
        for (var after = 0L; ;)
        {
            var page = await db.Read(tx => tx.List<(long Line, string Fault, string Content)>(
                $"select line, fault, content from customer_import_faults where import_id = @id and line > @after order by line limit {PageMax}", new { id, after }), stop);
            foreach (var (line, fault, content) in page) yield return new(line, CustomerImportRow.Read(fault), content);
            if (page.Count < PageMax) yield break;
            after = page[^1].Line;
        }
    }

    internal static string CopyPath() => Path.Combine(Path.GetTempPath(), $"callcenter-import-{Guid.NewGuid():n}");

    internal async Task Unpack(long id, string path, CancellationToken stop)
    {
        await using var copy = File.Create(path);
        for (var number = 0; ; number++)
        {
            var bytes = await db.Read(tx => tx.Maybe<byte[]>("select bytes from customer_import_chunks where import_id = @id and number = @number", new { id, number }), stop);
            if (bytes is null) return;
            await copy.WriteAsync(bytes, stop);
        }
    }

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
            // One whose file stopped coming is nobody's any more.
            if (other.State != CustomerImportState.Receiving || await tx.One<long>("select held_until from customer_imports where id = @Id", new { other.Id }) > now.ToUnixTimeMilliseconds())
                throw new Refusal(RefusalKind.Conflict, "customer-import.busy", VisibleText.Line(other.FileName, 60), VisibleText.Line(other.CreatedBy, 60));
            await End(tx, other, null, by);
        }

        var id = (await tx.Maybe<long?>("select max(id) from customer_imports") ?? 0) + 1;
        await tx.Run("delete from customer_import_faults where import_id <= @id", new { id = id - ReportsKept });
        var import = new CustomerImport(id, CustomerImportState.Receiving, name.Length > NameMax ? name[..NameMax] : name, 0, "", "", null, [], 0, 0, default, null, now, by.Name, null, null);
        await tx.Run(
            """
            insert into customer_imports (id, state, body, sample, hash, line, done, total, added, changed, same, refused, created_at, held_until)
            values (@Id, @state, @body, @sample, @Hash, 0, 0, 0, 0, 0, 0, 0, @created, 0)
            """, CustomerImportRow.Values(import));
        await tx.Run("update customer_imports set held_until = @until where id = @id", new { id, until = (now + Held).ToUnixTimeMilliseconds() });
        return import;
    }, stop);

    /// <summary>Into the database and a copy to look at, a piece at a time.</summary>
    async Task<string> Receive(long id, Stream file, string path, Action<long>? received, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var copy = File.Create(path);
        var piece = ArrayPool<byte>.Shared.Rent(ChunkMax);
        try
        {
            for (var number = 0; ; number++)
            {
                var length = await file.ReadAtLeastAsync(piece.AsMemory(0, ChunkMax), ChunkMax, throwOnEndOfStream: false, stop);
                if (length == 0) return Convert.ToHexString(hash.GetCurrentHash());
                if (copy.Length + length > FileMax) throw new Refusal(RefusalKind.Invalid, "customer-import.too-large", FileMax / 1024 / 1024);
                hash.AppendData(piece, 0, length);
                await copy.WriteAsync(piece.AsMemory(0, length), stop);
                var bytes = piece.AsSpan(0, length).ToArray();
                await db.Write(async tx =>
                {
                    var until = (clock.GetUtcNow() + Held).ToUnixTimeMilliseconds();
                    if (await tx.Run("update customer_imports set held_until = @until where id = @id and state = 'Receiving'", new { id, until }) == 0) throw new Refusal(RefusalKind.Conflict, "customer-import.elsewhere", "");
                    await tx.Run("insert into customer_import_chunks (import_id, number, bytes) values (@id, @number, @bytes)", new { id, number, bytes });
                }, stop);
                received?.Invoke(copy.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    static (TableFile Table, List<TableRow> First) Look(string path, CancellationToken stop)
    {
        var table = TableFile.Open(path);
        var first = table.Rows(null, stop).Take(LooksAtMax).ToList();
        return first.Count > 0 ? (table, first) : throw new Refusal(RefusalKind.Invalid, "csv.empty");
    }

    static List<IReadOnlyList<string>> SampleOf(List<TableRow> first, CustomerMapping mapping) =>
        [.. first.Where(row => row.Line > mapping.HeadLine).Take(SampleLines).Select(row => row.Cells.Select(cell => VisibleText.Line(cell.Text, SampleSigns)).ToList())];

    Task<CustomerImport> Change(long id, Func<CustomerImport, CustomerImport> decide, CancellationToken stop) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        var changed = decide(await Known(tx, id));
        await Save(tx, changed);
        return changed;
    }, stop);

    static async Task<CustomerImport> Known(Tx tx, long id) => await Find(tx, id) ?? throw new Refusal(RefusalKind.NotFound, "customer-import.unknown", id);
}
