using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CallCenter.Tests;

/// <summary>
/// A real PostgreSQL of this test run's own, on a port of loopback that is free, with durability on. Started when the
/// first test asks for it; <c>CALLCENTER_TEST_POSTGRES</c> names another server to use instead.
/// </summary>
sealed class TestPostgres
{
    static readonly Lazy<TestPostgres> Shared = new(() => new TestPostgres(), LazyThreadSafetyMode.ExecutionAndPublication);
    static int databases;

    readonly string folder = "";
    readonly string server;

    TestPostgres()
    {
        if (Environment.GetEnvironmentVariable("CALLCENTER_TEST_POSTGRES") is { Length: > 0 } given)
        {
            server = given;
            return;
        }

        folder = Path.Combine(Path.GetTempPath(), $"callcenter-pg-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        var port = FreePort();
        if (Environment.UserName == "root") Run("chown", "postgres", folder);
        RunServer("initdb", "-D", $"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8");
        Start(port);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop();
        server = $"Host=127.0.0.1;Port={port};Username=postgres;Include Error Detail=true";
    }

    /// <summary>An empty database of its own for one test.</summary>
    public static async Task<string> NewDatabase()
    {
        var name = $"t{Environment.ProcessId}_{Interlocked.Increment(ref databases)}";
        await using var source = NpgsqlDataSource.Create(Shared.Value.server + ";Database=postgres;Pooling=false");
        await using var create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return $"{Shared.Value.server};Database={name};Maximum Pool Size=20";
    }

    void Start(int port) => RunServer("pg_ctl", "-D", $"{folder}/data", "-w", "-l", $"{folder}/log", "-o",
        $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=300", "start");

    void Stop()
    {
        try
        {
            RunServer("pg_ctl", "-D", $"{folder}/data", "-m", "immediate", "stop");
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            Console.Error.WriteLine($"The test PostgreSQL in {folder} could not be removed: {e.Message}");
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>PostgreSQL refuses to run as root, so root runs it as the user that its package made.</summary>
    static void RunServer(string program, params string[] arguments)
    {
        var path = Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(name => name, StringComparer.Ordinal)
            .Select(name => Path.Combine(name, "bin", program)).First(File.Exists);
        if (Environment.UserName == "root") Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        else Run(path, arguments);
    }

    static void Run(string program, params string[] arguments)
    {
        // The server that pg_ctl leaves behind would keep a redirected pipe open for ever.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/tmp" };
        var errors = Path.GetTempFileName();
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("out=\"$1\"; shift; exec \"$@\" > \"$out\" 2>&1 < /dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(errors);
        start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {File.ReadAllText(errors)}");
        File.Delete(errors);
    }
}
