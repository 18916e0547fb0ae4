namespace CallCenter.Tests.Durability;

/// <summary>How a disk refuses; the codes are those that SQLite's own file layer gives for it.</summary>
public enum DiskFault
{
    None = 0,

    /// <summary>SQLITE_FULL: no space left.</summary>
    Full = 13,

    /// <summary>SQLITE_IOERR_WRITE: what writing to a file system gives that became read-only.</summary>
    ReadOnly = 778,

    /// <summary>SQLITE_IOERR_FSYNC: written, but the disk does not take it.</summary>
    SyncFails = 1034,
}

/// <summary>What a power cut leaves of writes that were not synced.</summary>
public enum Unsynced
{
    /// <summary>Nothing.</summary>
    Lost,

    /// <summary>Any of them, in any order, some by halves: what a disk with a cache of its own does.</summary>
    Torn,
}

/// <summary>
/// The disk beneath a SQLite database in this process, which can be full, read-only, or without power at any moment. It
/// keeps for each file what was synced and what was only written since, so that a cut leaves the first and drops the rest.
/// </summary>
sealed class FragileDisk : IFileWatch, IDisposable
{
    const int Sector = 512;

    readonly Lock turn = new();
    readonly Dictionary<string, FileOnDisk> files = [];
    readonly string folder;
    volatile int fault;
    Action? atNextOperation;
    long operations, operationsUntil;

    public FragileDisk(string folder)
    {
        this.folder = folder;
        SqliteShim.Watch(folder, this);
    }

    /// <summary>Refuses from now on what it names.</summary>
    public DiskFault Fault
    {
        get => (DiskFault)fault;
        set => fault = (int)value;
    }

    /// <summary>Writes, truncations and syncs until now.</summary>
    public long Operations => Interlocked.Read(ref operations);

    /// <summary>Runs just before the operation that comes so many after now, while nothing can be written: in mid-commit, in mid-checkpoint.</summary>
    public void After(long count, Action then)
    {
        lock (turn) (operationsUntil, atNextOperation) = (operations + count, then);
    }

    /// <summary>The files as the power cut at this moment leaves them.</summary>
    public Dictionary<string, byte[]> CutPower(Unsynced rest, Random random)
    {
        lock (turn)
            return files.Where(file => file.Value.IsDurable || rest == Unsynced.Torn && random.Next(2) == 0)
                .ToDictionary(file => Path.GetFileName(file.Key), file => file.Value.After(rest, random));
    }

    int IFileWatch.Write(string file, ReadOnlySpan<byte> bytes, long offset)
    {
        lock (turn)
        {
            if (Begin() is DiskFault.Full or DiskFault.ReadOnly) return fault;
            Of(file).Unsynced.Add((offset, bytes.ToArray()));
            return 0;
        }
    }

    int IFileWatch.Truncate(string file, long size)
    {
        lock (turn)
        {
            if (Begin() == DiskFault.ReadOnly) return fault;
            Of(file).Unsynced.Add((size, null));
            return 0;
        }
    }

    int IFileWatch.Sync(string file)
    {
        lock (turn)
        {
            if (Begin() == DiskFault.SyncFails) return fault;
            Of(file).Sync();
            return 0;
        }
    }

    int IFileWatch.Delete(string file)
    {
        lock (turn)
        {
            if (Begin() == DiskFault.ReadOnly) return fault;
            files.Remove(file);
            return 0;
        }
    }

    public void Dispose() => SqliteShim.Forget(folder);

    DiskFault Begin()
    {
        Interlocked.Increment(ref operations);
        if (atNextOperation is { } then && operations >= operationsUntil)
        {
            atNextOperation = null;
            then();
        }

        return Fault;
    }

    FileOnDisk Of(string file) => files.TryGetValue(file, out var known) ? known : files[file] = new FileOnDisk();

    sealed class FileOnDisk
    {
        byte[] synced = [];
        int length;

        /// <summary>Writes at their place, and truncations (without bytes) to a size, in order.</summary>
        public List<(long At, byte[]? Bytes)> Unsynced { get; } = [];

        /// <summary>The first sync of a file puts its name on the disk too; SQLite syncs the folder with it.</summary>
        public bool IsDurable { get; private set; }

        public void Sync()
        {
            foreach (var (at, bytes) in Unsynced) Apply(ref synced, ref length, at, bytes);
            Unsynced.Clear();
            IsDurable = true;
        }

        public byte[] After(Unsynced rest, Random random)
        {
            var (bytes, size) = (synced.ToArray(), length);
            if (rest == Durability.Unsynced.Torn)
                foreach (var (at, written) in Unsynced)
                    if (written is null)
                    {
                        if (random.Next(2) == 0) Apply(ref bytes, ref size, at, null);
                    }
                    else
                    {
                        for (var from = 0; from < written.Length; from += Sector)
                            if (random.Next(2) == 0) Apply(ref bytes, ref size, at + from, written[from..Math.Min(from + Sector, written.Length)]);
                    }

            return bytes[..size];
        }

        static void Apply(ref byte[] bytes, ref int length, long at, byte[]? written)
        {
            if (written is null)
            {
                if (at < length) bytes.AsSpan((int)at, length - (int)at).Clear();
                length = (int)at;
                if (bytes.Length < length) Array.Resize(ref bytes, length);
                return;
            }

            var end = (int)at + written.Length;
            if (bytes.Length < end) Array.Resize(ref bytes, Math.Max(end, bytes.Length * 2));
            written.CopyTo(bytes, at);
            length = Math.Max(length, end);
        }
    }
}
