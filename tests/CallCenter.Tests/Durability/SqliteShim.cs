using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace CallCenter.Tests.Durability;

/// <summary>Who is asked before SQLite writes, shortens or syncs a file; a code other than 0 refuses it.</summary>
interface IFileWatch
{
    int Write(string file, ReadOnlySpan<byte> bytes, long offset);

    int Truncate(string file, long size);

    int Sync(string file);

    int Delete(string file);
}

/// <summary>
/// Stands between SQLite and the system's files, in this process: SQLite's own interface for that (a VFS). Files below a
/// watched folder are told about; all others pass by untouched.
/// </summary>
/// <remarks>
/// It copies the table of methods of the VFS in use and of each kind of file, and puts its own in the places it is
/// interested in. The layout is fixed by https://sqlite.org/c3ref/vfs.html and https://sqlite.org/c3ref/io_methods.html.
/// </remarks>
static class SqliteShim
{
    const int Ok = 0;
    const int FileMethodsSize = 19, VfsSize = 21; // in pointers; the numbers at their beginnings are padded to whole ones
    const int VfsNext = 2, VfsName = 3, VfsOpen = 5, VfsDelete = 6;
    const int FileClose = 1, FileWrite = 3, FileTruncate = 4, FileSync = 5;

    static readonly ConcurrentDictionary<string, IFileWatch> watched = [];
    static readonly ConcurrentDictionary<IntPtr, (IFileWatch Watch, string Name, Originals Methods)> open = [];
    static readonly ConcurrentDictionary<IntPtr, (IntPtr Ours, Originals Theirs)> methods = [];
    static readonly Lazy<bool> installed = new(Install, LazyThreadSafetyMode.ExecutionAndPublication);

    // Held here for ever: SQLite keeps bare pointers to them.
    static readonly OpenFile ourOpen = Open;
    static readonly DeleteFile ourDelete = Delete;
    static readonly WriteFile ourWrite = Write;
    static readonly TruncateFile ourTruncate = Truncate;
    static readonly SyncFile ourSync = Sync;
    static readonly CloseFile ourClose = Close;
    static OpenFile? theirOpen;
    static DeleteFile? theirDelete;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int OpenFile(IntPtr vfs, IntPtr name, IntPtr file, int flags, IntPtr flagsOut);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int DeleteFile(IntPtr vfs, IntPtr name, int syncFolder);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int WriteFile(IntPtr file, IntPtr bytes, int count, long offset);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int TruncateFile(IntPtr file, long size);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int SyncFile(IntPtr file, int flags);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int CloseFile(IntPtr file);

    /// <summary>From the next opening of a file below this folder on.</summary>
    public static void Watch(string folder, IFileWatch watch)
    {
        _ = installed.Value;
        watched[folder] = watch;
    }

    public static void Forget(string folder) => watched.TryRemove(folder, out _);

    static bool Install()
    {
        SQLitePCL.Batteries_V2.Init();
        var theirs = sqlite3_vfs_find(IntPtr.Zero);
        var ours = Copy(theirs, VfsSize);
        theirOpen = At<OpenFile>(theirs, VfsOpen);
        theirDelete = At<DeleteFile>(theirs, VfsDelete);
        Put(ours, VfsNext, IntPtr.Zero);
        Put(ours, VfsName, Marshal.StringToCoTaskMemUTF8("watched"));
        Put(ours, VfsOpen, Marshal.GetFunctionPointerForDelegate(ourOpen));
        Put(ours, VfsDelete, Marshal.GetFunctionPointerForDelegate(ourDelete));
        return sqlite3_vfs_register(ours, 1) == Ok ? true : throw new InvalidOperationException("SQLite takes no VFS.");
    }

    static IFileWatch? WatchOf(IntPtr name, out string path)
    {
        path = Marshal.PtrToStringUTF8(name) ?? "";
        return path.Length > 0 && watched.TryGetValue(Path.GetDirectoryName(path) ?? "", out var watch) ? watch : null;
    }

    static int Open(IntPtr vfs, IntPtr name, IntPtr file, int flags, IntPtr flagsOut)
    {
        var code = theirOpen!(vfs, name, file, flags, flagsOut);
        if (code != Ok || WatchOf(name, out var path) is not { } watch) return code;
        var (ours, theirs) = methods.GetOrAdd(Marshal.ReadIntPtr(file), Shim);
        open[file] = (watch, path, theirs);
        Marshal.WriteIntPtr(file, ours);
        return Ok;
    }

    static (IntPtr, Originals) Shim(IntPtr theirs)
    {
        var originals = new Originals(At<WriteFile>(theirs, FileWrite), At<TruncateFile>(theirs, FileTruncate), At<SyncFile>(theirs, FileSync), At<CloseFile>(theirs, FileClose));
        var ours = Copy(theirs, FileMethodsSize);
        Put(ours, FileWrite, Marshal.GetFunctionPointerForDelegate(ourWrite));
        Put(ours, FileTruncate, Marshal.GetFunctionPointerForDelegate(ourTruncate));
        Put(ours, FileSync, Marshal.GetFunctionPointerForDelegate(ourSync));
        Put(ours, FileClose, Marshal.GetFunctionPointerForDelegate(ourClose));
        return (ours, originals);
    }

    static int Delete(IntPtr vfs, IntPtr name, int syncFolder)
    {
        var code = WatchOf(name, out var path) is { } watch ? watch.Delete(path) : Ok;
        return code == Ok ? theirDelete!(vfs, name, syncFolder) : code;
    }

    static int Write(IntPtr file, IntPtr bytes, int count, long offset)
    {
        var (watch, name, theirs) = open[file];
        var copy = new byte[count];
        Marshal.Copy(bytes, copy, 0, count);
        var code = watch.Write(name, copy, offset);
        return code == Ok ? theirs.Write(file, bytes, count, offset) : code;
    }

    static int Truncate(IntPtr file, long size)
    {
        var (watch, name, theirs) = open[file];
        var code = watch.Truncate(name, size);
        return code == Ok ? theirs.Truncate(file, size) : code;
    }

    static int Sync(IntPtr file, int flags)
    {
        var (watch, name, theirs) = open[file];
        var code = watch.Sync(name);
        return code == Ok ? theirs.Sync(file, flags) : code;
    }

    static int Close(IntPtr file) => open.TryRemove(file, out var found) ? found.Methods.Close(file) : Ok;

    static IntPtr Copy(IntPtr from, int pointers)
    {
        var copy = Marshal.AllocHGlobal(pointers * IntPtr.Size);
        for (var i = 0; i < pointers; i++) Put(copy, i, Marshal.ReadIntPtr(from, i * IntPtr.Size));
        return copy;
    }

    static T At<T>(IntPtr table, int place) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(Marshal.ReadIntPtr(table, place * IntPtr.Size));

    static void Put(IntPtr table, int place, IntPtr value) => Marshal.WriteIntPtr(table, place * IntPtr.Size, value);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    static extern IntPtr sqlite3_vfs_find(IntPtr name);

    [DllImport("e_sqlite3", CallingConvention = CallingConvention.Cdecl)]
    static extern int sqlite3_vfs_register(IntPtr vfs, int makeDefault);

    sealed record Originals(WriteFile Write, TruncateFile Truncate, SyncFile Sync, CloseFile Close);
}
