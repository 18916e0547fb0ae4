using System.Diagnostics;
using System.Net;
using System.Text;

namespace CallCenter.Tests.Durability;

/// <summary>The built server as a process of its own, which can be killed without a word of warning.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    public const string ListensOn = "callcenter listens on ";

    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    readonly Process process;
    readonly StringBuilder said = new();
    readonly TaskCompletionSource<Uri> listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ServerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Exited += (_, _) => listens.TrySetException(new InvalidOperationException($"The server ended: {said}"));
        process.EnableRaisingEvents = true;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public Uri Address => listens.Task.Result;

    /// <summary>From its start to its first answer.</summary>
    public TimeSpan AnsweredAfter { get; private set; }

    /// <param name="fault">One of the faults that an <see cref="Accomplice"/> plants; without it this is the product.</param>
    public static async Task<ServerProcess> Start(string database, string? fault = null)
    {
        var since = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Run(fault is null
            ? [Path.Combine(AppContext.BaseDirectory, "callcenter.dll"), "serve", "--database", database, "--urls", "http://127.0.0.1:0"]
            : [Path.Combine(AppContext.BaseDirectory, "CallCenter.Tests.dll"), Accomplice.Word, fault, database]));
        try
        {
            var address = await server.listens.Task.WaitAsync(StartsWithin);
            // A webhook of nobody's connection goes the whole way to the door.
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            using var answer = await client.PostAsync(new Uri(address, "/webhooks/nobody"), new StringContent("{}"));
            server.AnsweredAfter = Stopwatch.GetElapsedTime(since);
            if (fault is null) Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another process of this program's own, with its output to be read.</summary>
    public static Process Run(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", words)
        {
            WorkingDirectory = Path.GetTempPath(), // where it starts from must not matter
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>SIGKILL: it cannot put anything in order.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await Kill();
        process.Dispose();
    }

    void Hear(string? line)
    {
        if (line is null) return;
        lock (said) said.AppendLine(line);
        if (line.StartsWith(ListensOn, StringComparison.Ordinal)) listens.TrySetResult(new Uri(line[ListensOn.Length..].Trim()));
    }
}
