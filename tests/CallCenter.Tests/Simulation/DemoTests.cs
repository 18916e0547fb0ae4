using System.Diagnostics;
using CallCenter.Tests.Commands;
using Microsoft.Data.Sqlite;

namespace CallCenter.Tests.Simulation;

/// <summary>The program as somebody starts it who wants to see it: a process of its own.</summary>
public class DemoTests
{
    [Fact]
    public async Task The_demo_moves_at_once_fills_its_history_and_leaves_nothing_behind()
    {
        using var folder = new Cli.TempFolder();
        var temp = Directory.CreateDirectory(Path.Combine(folder.Path, "tmp")).FullName;
        using var demo = Process.Start(new ProcessStartInfo("dotnet", [typeof(Refusal).Assembly.Location, "serve", "--demo", "--urls", "http://127.0.0.1:0", "--public-url", "https://calls.example.com"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temp, ["CALLCENTER_DATABASE"] = folder.Database },
        })!;
        var said = demo.StandardOutput.ReadToEndAsync();
        var complained = demo.StandardError.ReadToEndAsync();
        try
        {
            var file = await Eventually(() => Task.FromResult(Directory.EnumerateFiles(temp, "callcenter.db", SearchOption.AllDirectories).FirstOrDefault()), 20);
            await using var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
            await Eventually(async () => { await db.OpenAsync(); return "open"; }, 20);

            await Eventually(async () => await Count(db, "select count(*) from calls where call_key like 'live-%' and ended_at is null") > 0 ? "live" : null, 20);
            var before = await Count(db, "select coalesce(max(version), 0) from calls where call_key like 'live-%'");
            await Eventually(async () => await Count(db, "select coalesce(max(version), 0) from calls where call_key like 'live-%'") > before ? "moved" : null, 120);
            await Eventually(async () => await Count(db, "select count(*) from calls where call_key like 'demo-%'") > 1000 ? "history" : null, 60);
            Assert.Equal(0, await Count(db, "select count(*) from calls where call_key like 'demo-%' and ended_at is null"));
            Assert.Equal(0, await Count(db, "select count(*) from arrivals where verdict in ('Unreadable', 'Rejected')"));
            await db.CloseAsync();

            using (var kill = Process.Start("kill", ["-TERM", $"{demo.Id}"])) await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await demo.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!demo.HasExited) demo.Kill();
        }

        Assert.DoesNotContain("fail:", await said);
        Assert.Matches("Sign in as demo@example.com with the password [a-z-]{14}", await said);
        Assert.DoesNotContain("set-up", await said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Nobody can sign in yet", await said);
        Assert.DoesNotContain("   at ", await complained);
        Assert.Empty(Directory.EnumerateDirectories(temp, "callcenter-demo-*"));
        Assert.False(File.Exists(folder.Database));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public async Task A_demo_on_a_database_of_ones_own_is_refused()
    {
        using var folder = new Cli.TempFolder();
        var (code, output, error) = await Cli.Run("serve", "--demo", "--database", folder.Database);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("throw-away database", error);
        Assert.False(File.Exists(folder.Database));
    }

    static async Task<long> Count(SqliteConnection db, string sql)
    {
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    static async Task<string> Eventually(Func<Task<string?>> look, int seconds)
    {
        var waited = Stopwatch.StartNew();
        for (; ; await Task.Delay(100))
        {
            try
            {
                if (await look() is { } found) return found;
            }
            catch (SqliteException) when (waited.Elapsed.TotalSeconds < seconds)
            {
                // Not there yet, or being made.
            }

            Assert.True(waited.Elapsed.TotalSeconds < seconds, "it did not come");
        }
    }
}
