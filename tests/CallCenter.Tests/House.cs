using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Telephony;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests;

public enum On
{
    Sqlite,
    Postgres,
}

/// <summary>The server without its web, on a real database of its own.</summary>
sealed class House : IAsyncDisposable
{
    readonly CancellationTokenSource stop = new();

    House(Db db, TimeProvider clock)
    {
        Db = db;
        Log = new CallLog(db, Feed, [new RecoveryLedger()]);
        Switchboard = new Switchboard(db, new EphemeralDataProtectionProvider(), clock);
        Intake = new Intake(db, Log, Switchboard, NullLogger<Intake>.Instance);
    }

    public Db Db { get; }

    public LiveFeed Feed { get; } = new();

    public CallLog Log { get; }

    public Switchboard Switchboard { get; }

    public Intake Intake { get; }

    public static async Task<House> Open(On database = On.Sqlite, TimeProvider? clock = null)
    {
        var name = $"callcenter-test-{Guid.NewGuid():n}";
        var db = await Db.Open(database == On.Postgres ? await TestPostgres.NewDatabase() : Path.Combine(Path.GetTempPath(), name, "calls.db"));
        var house = new House(db, clock ?? TimeProvider.System);
        await house.Switchboard.Load();
        await house.Intake.StartAsync(house.stop.Token);
        return house;
    }

    /// <summary>Events as if a phone system had told them, in one transaction.</summary>
    public Task<IReadOnlyList<Call>> Hear(params IReadOnlyCollection<CallEvent> events) =>
        Db.Write(tx => Log.Append(tx, events, _ => "test"));

    public async Task<IReadOnlyList<Call>> Calls(CallFilter? filter = null) =>
        (await Log.List(filter ?? new CallFilter(), CallLog.PageMax)).Calls;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Intake.StopAsync(CancellationToken.None);
        Intake.Dispose();
        await Db.DisposeAsync();
        stop.Dispose();
        if (Db.File.Length > 0) Directory.Delete(Path.GetDirectoryName(Db.File)!, recursive: true);
    }
}
