namespace CallCenter.Simulation;

/// <summary>Where the demonstration keeps its data: a folder of its own among the temporary ones, gone when the program ends.</summary>
sealed class DemoPlace : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("callcenter-demo-");

    public string Database => Path.Combine(folder.FullName, "callcenter.db");

    public void Dispose() => folder.Delete(recursive: true);
}
