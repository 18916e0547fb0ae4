using CallCenter.Storage;

namespace CallCenter.Tests;

/// <summary>Files of SQLite for tests: a copy of one that was made once, because making all tables anew takes longer than most tests do.</summary>
static class TestFile
{
    static readonly Lazy<Task<byte[]>> Empty = new(MakeEmpty);

    /// <summary>A database of its own for one test, with no row in it.</summary>
    public static async Task<string> NewDatabase()
    {
        var file = NewPlace();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, await Empty.Value);
        return file;
    }

    static async Task<byte[]> MakeEmpty()
    {
        var file = NewPlace();
        await (await Db.Open(file)).DisposeAsync();
        var made = await File.ReadAllBytesAsync(file);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        return made;
    }

    static string NewPlace() => Path.Combine(Path.GetTempPath(), $"callcenter-test-{Guid.NewGuid():n}", "calls.db");
}
