using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using CallCenter.Storage;

namespace CallCenter.Importing;

/// <summary>
/// Keeps what every import needs, whatever it brings in: the file, in pieces, until it is over, so that whatever node goes on with it, also
/// after a crash, has it; who is at it; and the lines that were not taken. Its tables are <c>{kind}_imports</c>, <c>{kind}_import_chunks</c>
/// and <c>{kind}_import_faults</c>.
/// </summary>
/// <param name="fileMax">Bytes.</param>
sealed class ImportStore(Db db, string kind, long fileMax, TimeProvider clock)
{
    /// <summary>Of the imports before, those whose columns and refused lines are remembered.</summary>
    public const int Remembered = 10;

    /// <summary>Of refused lines, so many are kept for the report; the others are counted.</summary>
    const int FaultsMax = 20_000;

    const int ChunkMax = 1024 * 1024;
    const int PageMax = 1000;
    const int SampleLines = 5;
    const int SampleSigns = 60;
    const int LooksAtMax = 1000;

    /// <summary>Who is at an import says so again within this time, or another may go on with it.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromMinutes(1);

    /// <summary>Heard when there is something to do here; whoever works on another node looks by itself.</summary>
    public event Action? Waiting;

    readonly Insertion faultRows = new($"{kind}_import_faults", ["import_id", "line", "fault", "content"], "on conflict (import_id, line) do nothing");

    public void Wake() => Waiting?.Invoke();

    /// <summary>The next import's; what was refused of long ago is forgotten.</summary>
    public async Task<long> NextId(Tx tx)
    {
        var id = (await tx.Maybe<long?>($"select max(id) from {kind}_imports") ?? 0) + 1;
        await tx.Run($"delete from {kind}_import_faults where import_id <= @id", new { id = id - Remembered });
        return id;
    }

    /// <summary>One whose file stopped coming is nobody's any more.</summary>
    /// <exception cref="Refusal">It is somebody's.</exception>
    public async Task MustBeLeft(Tx tx, long id, bool isReceiving, string fileName, string by)
    {
        if (!isReceiving || await tx.One<long>($"select held_until from {kind}_imports where id = @id", new { id }) > clock.GetUtcNow().ToUnixTimeMilliseconds())
            throw new Refusal(RefusalKind.Conflict, "import.busy", VisibleText.Line(fileName, 60), VisibleText.Line(by, 60));
    }

    /// <summary>Somebody is sending its file.</summary>
    public Task Keep(Tx tx, long id) => tx.Run($"update {kind}_imports set held_until = @Until where id = @id", new { id, Until });

    /// <summary>Nobody is at it.</summary>
    public Task LetGo(Tx tx, long id) => tx.Run($"update {kind}_imports set held_until = 0 where id = @id", new { id });

    /// <summary>Takes it in hand, unless another process has it.</summary>
    public Task<bool> Hold(long id, string holder, CancellationToken stop) => db.Write(async tx =>
        await tx.Run($"update {kind}_imports set holder = @holder, held_until = @Until where id = @id and (holder = @holder or held_until < @now)",
            new { id, holder, Until, now = clock.GetUtcNow().ToUnixTimeMilliseconds() }) == 1, stop);

    /// <summary>It is still in hand, and nobody wants otherwise.</summary>
    public async Task<bool> IsHeld(Tx tx, long id, string holder, string state) =>
        await tx.Run($"update {kind}_imports set held_until = @Until where id = @id and holder = @holder and state = @state", new { id, holder, state, Until }) == 1;

    /// <summary>Into the database and a copy to look at, a piece at a time.</summary>
    /// <returns>What tells this file from others.</returns>
    /// <exception cref="Refusal">It is too large, or somebody took the import for given up.</exception>
    public async Task<string> Receive(long id, Stream file, string path, Action<long>? received, CancellationToken stop)
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
                if (copy.Length + length > fileMax) throw TooLarge(fileMax);
                hash.AppendData(piece, 0, length);
                await copy.WriteAsync(piece.AsMemory(0, length), stop);
                var bytes = piece.AsSpan(0, length).ToArray();
                await db.Write(async tx =>
                {
                    if (await tx.Run($"update {kind}_imports set held_until = @Until where id = @id and state = 'Receiving'", new { id, Until }) == 0) throw Elsewhere("");
                    await tx.Run($"insert into {kind}_import_chunks (import_id, number, bytes) values (@id, @number, @bytes)", new { id, number, bytes });
                }, stop);
                received?.Invoke(copy.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Out of the database again.</summary>
    public async Task Unpack(long id, string path, CancellationToken stop)
    {
        await using var copy = File.Create(path);
        for (var number = 0; ; number++)
        {
            var bytes = await db.Read(tx => tx.Maybe<byte[]>($"select bytes from {kind}_import_chunks where import_id = @id and number = @number", new { id, number }), stop);
            if (bytes is null) return;
            await copy.WriteAsync(bytes, stop);
        }
    }

    /// <summary>Counts them, and keeps as many as there is room for.</summary>
    public async Task Refuse(Tx tx, long id, IReadOnlyList<LineFault> faults)
    {
        if (faults.Count == 0) return;
        var room = FaultsMax - await tx.One<long>($"select count(*) from {kind}_import_faults where import_id = @id", new { id });
        await tx.Insert(faultRows, [.. faults.Take((int)Math.Max(0, room)).Select(fault => new object?[] { id, fault.Line, LineFault.Write(fault.Why), fault.Content })]);
        await tx.Run($"update {kind}_imports set refused = refused + @Count where id = @id", new { id, faults.Count });
    }

    /// <summary>The lines that were not taken, as far as they are kept, from the first on.</summary>
    public async IAsyncEnumerable<LineFault> Faults(long id, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var after = 0L; ;)
        {
            var page = await db.Read(tx => tx.List<(long Line, string Fault, string Content)>(
                $"select line, fault, content from {kind}_import_faults where import_id = @id and line > @after order by line limit {PageMax}", new { id, after }), stop);
            foreach (var (line, fault, content) in page) yield return new(line, LineFault.Read(fault), content);
            if (page.Count < PageMax) yield break;
            after = page[^1].Line;
        }
    }

    /// <summary>A place for a copy of a file.</summary>
    public static string CopyPath() => Path.Combine(Path.GetTempPath(), $"callcenter-import-{Guid.NewGuid():n}");

    /// <summary>What it is, and how it begins.</summary>
    /// <exception cref="Refusal">It is no table, or one of fewer lines than that.</exception>
    public static (TableFile Table, List<TableRow> First) Look(string path, int least, CancellationToken stop)
    {
        var table = TableFile.Open(path);
        var first = table.Rows(null, stop).Take(LooksAtMax).ToList();
        return first.Count >= least ? (table, first) : throw new Refusal(RefusalKind.Invalid, "csv.empty");
    }

    /// <summary>Some lines behind the one that names the columns, for people to see what is what.</summary>
    public static List<IReadOnlyList<string>> SampleOf(List<TableRow> first, int headLine) =>
        [.. first.Where(row => row.Line > headLine).Take(SampleLines).Select(row => row.Cells.Select(cell => VisibleText.Line(cell.Text, SampleSigns)).ToList())];

    public static Refusal TooLarge(long fileMax) => new(RefusalKind.Invalid, "import.too-large", fileMax / 1024 / 1024);

    public static Refusal Unknown(long id) => new(RefusalKind.NotFound, "import.unknown", id);

    /// <summary>It has gone on.</summary>
    /// <param name="state">Where it is now.</param>
    public static Refusal Elsewhere(string state) => new(RefusalKind.Conflict, "import.elsewhere", state);

    long Until => (clock.GetUtcNow() + Held).ToUnixTimeMilliseconds();
}
