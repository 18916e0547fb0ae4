namespace CallCenter.Bench;

/// <summary>A folder of this run's own, gone afterwards.</summary>
sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("callcenter-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
