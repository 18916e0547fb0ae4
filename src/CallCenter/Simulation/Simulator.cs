using System.Diagnostics;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CallCenter.Simulation;

/// <summary>
/// The demonstration: a connected phone system of a parts seller that does not exist. Live calls come over HTTP as from
/// any phone system and move within seconds; months of history are filled in behind them, newest day first.
/// </summary>
sealed class Simulator(
    Switchboard switchboard, DemoStaff staff, CustomerBase customers, DemoPast past, Users users, Personnel personnel, Intake intake, IServer server, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Simulator> logger)
    : BackgroundService
{
    public const int HistoryDays = 90;
    const int Seed = 5260;
    const int CallsAtOnce = 32;

    /// <summary>Calls that were going on when the demonstration began, so that the first look finds some.</summary>
    static readonly TimeSpan AlreadyGoing = TimeSpan.FromMinutes(4);

    static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    readonly PartsSeller company = new();

    /// <summary>Calls a minute at some hour. Also at night so many that a screen moves every few seconds: whoever tries it then has no other hour.</summary>
    public static double LiveRate(DateTimeOffset at) => Math.Max(2.5, PartsSeller.InboundPerHour(at) * 2.6 / 60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Started(stoppingToken);
            var connection = switchboard.All.FirstOrDefault(known => known.Provider == SimulatedPhoneSystem.Id)
                ?? await switchboard.Add(SimulatedPhoneSystem.Id, "Centralita de demostración", new Dictionary<string, string> { ["country"] = "ES" }, ConnectionState.Active, stoppingToken);
            var demo = (await users.Find(DemoAccount.Email))!.Id;
            await staff.Hire(company, connection, demo);
            await customers.Fill(company, stoppingToken);
            var from = clock.GetUtcNow() - AlreadyGoing;
            await past.Attend(company, connection, from, HistoryDays, stoppingToken);
            var live = PlayLive(connection, from, stoppingToken); // without end
            await FillHistory(connection, demo, from, stoppingToken);
            await live;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Our own address is known only when the server listens.</summary>
    async Task Started(CancellationToken stop)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var heard = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stop);
    }

    async Task PlayLive(Connection connection, DateTimeOffset from, CancellationToken stop)
    {
        using var courier = new Courier(new Uri(OwnAddress(), $"/webhooks/{connection.Id}"), connection.Settings["secret"], clock);
        var calls = new Traffic(company, unchecked((int)from.ToUnixTimeSeconds()), "live").From(from, LiveRate, alwaysOpen: true);
        await new LiveTraffic(calls, new Disorder(new Random(Seed)), courier.Bring, clock).Play(DateTimeOffset.MaxValue, hangsUp: false, stop);
    }

    Uri OwnAddress()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        var address = addresses.FirstOrDefault(known => known.StartsWith("http://", StringComparison.Ordinal)) ?? addresses.First();
        foreach (var everywhere in (string[])["0.0.0.0", "[::]", "*", "+"]) address = address.Replace($"//{everywhere}", "//localhost", StringComparison.Ordinal);
        return new Uri(address);
    }

    /// <summary>Straight to the intake, a batch at a time with room between them, so that live calls never wait for history.</summary>
    async Task FillHistory(Connection connection, string demo, DateTimeOffset until, CancellationToken stop)
    {
        var traffic = new Traffic(company, Seed, "demo");
        var disorder = new Disorder(new Random(Seed));
        var today = DateOnly.FromDateTime(PartsSeller.Local(until));
        var (count, began, told) = (0, Stopwatch.StartNew(), Stopwatch.StartNew());
        for (var i = 0; i < HistoryDays; i++)
        {
            // Calls still going on at the seam belong to the live part.
            var calls = traffic.Day(today.AddDays(-i)).Where(call => call.EndsAt <= until).ToList();
            // Whole calls in one transaction: nobody shall see one of last month as if it went on.
            foreach (var batch in calls.Chunk(CallsAtOnce))
                await Keep(DeliveryOf(connection, batch.SelectMany(disorder.Deliver).OrderBy(message => message.At)), stop);
            count += calls.Count;
            if (i < DemoPast.SalesDays) await past.Sell(personnel.RightsOf(demo).Calls, today.AddDays(-i), until, stop);
            if (told.Elapsed < ProgressEvery) continue;
            told.Restart();
            logger.LogInformation("Demo history: {Days} of {All} days, {Calls} calls", i + 1, HistoryDays, count);
        }

        logger.LogInformation("Demo history is complete: {Calls} calls of {All} days in {Seconds:0} s", count, HistoryDays, began.Elapsed.TotalSeconds);
    }

    async Task Keep(Delivery delivery, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await intake.Accept(delivery);
                // As long again as nothing: the other half of the time belongs to whoever uses the demonstration.
                await Task.Delay(TimeSpan.FromMilliseconds(4), clock, stop);
                return;
            }
            catch (IntakeUnavailableException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stop);
            }
        }
    }

    internal static Delivery DeliveryOf(Connection connection, IEnumerable<(DateTimeOffset At, SimulatedPhoneSystem.Message Told)> messages)
    {
        var provider = (SimulatedPhoneSystem)Catalogue.Find(SimulatedPhoneSystem.Id);
        return new Delivery([.. messages.Select(message =>
        {
            var arrival = new Arrival(connection.Id, message.At, "POST", $"/webhooks/{connection.Id}", Arrival.NoHeaders, SimulatedPhoneSystem.Write(message.Told));
            return (arrival, provider.Translate(arrival, connection.Settings));
        })]);
    }
}
