using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CallCenter.Storage;
using Npgsql;

namespace CallCenter.Tests;

/// <summary>
/// A real PostgreSQL of this test run's own, on a port of loopback that is free, with durability on. Started when the
/// first test asks for it; <c>CALLCENTER_TEST_POSTGRES</c> names another server to use instead.
/// </summary>
sealed class TestPostgres : IDisposable
{
    static readonly Lazy<string> Shared = new(StartShared, LazyThreadSafetyMode.ExecutionAndPublication);
    static TestPostgres? shared;
    static readonly Lazy<Task<string>> Empty = new(() => MakeEmpty(Shared.Value));
    static int databases;

    readonly string folder;

    TestPostgres(string folder)
    {
        this.folder = folder;
        if (Directory.Exists(Data))
        {
            // Of a server that had no time to remove it.
            File.Delete($"{Data}/postmaster.pid");
        }
        else
        {
            Directory.CreateDirectory(folder);
            if (Shell.IsRoot) Shell.Run("chown", "postgres", folder);
            RunServer("initdb", "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8");
        }

        Start();
    }

    public int Port { get; } = FreePort();

    string Data => $"{folder}/data";

    string Server => $"Host=127.0.0.1;Port={Port};Username=postgres;Include Error Detail=true";

    /// <summary>A database of its own for one test, with no row in it: a copy of one that was made once, because making all tables anew takes longer than most tests do.</summary>
    public static async Task<string> NewDatabase() => await NewDatabase(Shared.Value, await Empty.Value);

    /// <summary>A server of one test's own, which may be stopped.</summary>
    public static TestPostgres New() => In(NewFolder());

    /// <summary>The same, with what is in the folder already.</summary>
    public static TestPostgres In(string folder) => new(folder);

    public Task<string> NewOwnDatabase() => NewDatabase(Server, "template1");

    /// <summary>From now on its commits are acknowledged before they are on the disk.</summary>
    public async Task LetSyncSeldom(string database)
    {
        await using var source = NpgsqlDataSource.Create(Server + ";Database=postgres;Pooling=false");
        await using var change = source.CreateCommand($"alter database {new NpgsqlConnectionStringBuilder(database).Database} set synchronous_commit = off");
        await change.ExecuteNonQueryAsync();
    }

    public void Start() => RunServer("pg_ctl", "-D", Data, "-w", "-l", $"{folder}/log", "-o",
        $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=300", "start");

    /// <param name="mode"><c>fast</c> ends its sessions first; <c>immediate</c> is a crash.</param>
    public void Stop(string mode = "immediate") => RunServer("pg_ctl", "-D", Data, "-w", "-m", mode, "stop");

    /// <summary>The processes that it is made of.</summary>
    public IReadOnlyList<int> Processes()
    {
        var main = int.Parse(File.ReadLines($"{Data}/postmaster.pid").First(), CultureInfo.InvariantCulture);
        return [main, .. Shell.ChildrenOf(main)];
    }

    public void Dispose()
    {
        if (File.Exists($"{Data}/postmaster.pid")) Stop();
        Directory.Delete(folder, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The end of the process does so too, where nobody does before.</summary>
    public static void StopShared()
    {
        if (Interlocked.Exchange(ref shared, null) is not { } server) return;
        try
        {
            server.Dispose();
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            Console.Error.WriteLine($"The test PostgreSQL in {server.folder} could not be removed: {e.Message}");
        }
    }

    static string StartShared()
    {
        if (Environment.GetEnvironmentVariable("CALLCENTER_TEST_POSTGRES") is { Length: > 0 } given) return given;
        var server = shared = New();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => StopShared();
        return server.Server;
    }

    static string NewFolder() => Path.Combine(Path.GetTempPath(), $"callcenter-pg-{Guid.NewGuid():n}");

    /// <param name="like">The name of a database nobody is connected with.</param>
    static async Task<string> NewDatabase(string server, string like)
    {
        var name = $"t{Environment.ProcessId}_{Interlocked.Increment(ref databases)}";
        await using var source = NpgsqlDataSource.Create(server + ";Database=postgres;Pooling=false");
        await using var create = source.CreateCommand($"create database {name} template {like}");
        await create.ExecuteNonQueryAsync();
        return $"{server};Database={name};Maximum Pool Size=20";
    }

    static async Task<string> MakeEmpty(string server)
    {
        var made = await NewDatabase(server, "template1");
        await (await Db.Open($"{made};Pooling=false")).DisposeAsync();
        return new NpgsqlConnectionStringBuilder(made).Database!;
    }

    /// <summary>PostgreSQL refuses to run as root, so root runs it as the user that its package made.</summary>
    static void RunServer(string program, params string[] arguments)
    {
        var path = Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(name => name, StringComparer.Ordinal)
            .Select(name => Path.Combine(name, "bin", program)).First(File.Exists);
        if (Shell.IsRoot) Shell.Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        else Shell.Run(path, arguments);
    }
}
