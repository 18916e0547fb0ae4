using CallCenter.Calls;
using CallCenter.Commands;
using CallCenter.Simulation;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Browser;

/// <summary>A phone system connected to a place: who rings now goes through its webhook, what happened before straight to the log.</summary>
sealed class PhoneRoom : IAsyncDisposable
{
    /// <summary>What people called the phone system.</summary>
    public const string Name = "Centralita";

    readonly Backstage stage;
    readonly Connection connection;
    readonly Courier courier;

    PhoneRoom(Backstage stage, Connection connection, Courier courier) => (this.stage, this.connection, this.courier) = (stage, connection, courier);

    /// <summary>Its id.</summary>
    public string Connection => connection.Id;

    public static async Task<PhoneRoom> Connect(Place place)
    {
        var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var connection = await stage.Switchboard.Add(SimulatedPhoneSystem.Id, Name, new Dictionary<string, string>(), ConnectionState.Active);
        var room = new PhoneRoom(stage, connection, new Courier(new Uri($"{place.Address}/webhooks/{connection.Id}"), connection.Settings["secret"], TimeProvider.System));
        for (var tries = 0; ; tries++)
        {
            try
            {
                await room.courier.Bring(new("heartbeat"), default);
                return room;
            }
            catch (Refusal) when (tries < 100) // the server hears of the connection within a second
            {
                await Task.Delay(100);
            }
        }
    }

    public async Task Tell(params SimulatedPhoneSystem.Message[] told)
    {
        foreach (var message in told) Assert.True(await courier.Bring(message with { At = message.At ?? DateTimeOffset.UtcNow }, default));
    }

    /// <summary>A call that rings at an operator of a queue.</summary>
    public Task Ring(string id, string from, string operatorName = "201", string queue = "ventas", string? name = null) => Tell(
        new("call.started", id, Seq: 1, From: from, To: "+34910000000", Line: "+34910000000", Name: name, Result: "inbound"),
        new("queue.joined", id, Seq: 2, Queue: queue),
        new("leg.ringing", id, Seq: 3, Leg: $"{id}-1", Who: operatorName));

    public Task Answer(string id, string operatorName = "201") => Tell(new SimulatedPhoneSystem.Message("leg.answered", id, Seq: 4, Leg: $"{id}-1", Who: operatorName));

    public Task HangUp(string id) => Tell(new("leg.ended", id, Seq: 5, Leg: $"{id}-1", Result: "answered"), new("call.ended", id, Seq: 6, Result: "normal"));

    public Task GiveUp(string id) => Tell(new SimulatedPhoneSystem.Message("call.ended", id, Seq: 6, Result: "cancelled"));

    /// <summary>Calls of earlier, each as its events.</summary>
    public Task Remember(IEnumerable<IReadOnlyList<CallEvent>> calls) =>
        stage.Db.Write(tx => stage.Get<CallLog>().Append(tx, [.. calls.SelectMany(call => call)], _ => SimulatedPhoneSystem.Id));

    /// <summary>An ended call from a customer: answered after some seconds, or missed.</summary>
    public IReadOnlyList<CallEvent> Past(string id, DateTimeOffset at, string from, bool answered, string operatorName = "201", string queue = "ventas", string? name = null)
    {
        var key = new CallKey(connection.Id, id);
        List<CallEvent> told =
        [
            new CallStarted(key, at, Direction.Inbound, PhoneNumber.Parse(from, "ES"), PhoneNumber.Parse("+34910000000", "ES"), "+34910000000", CallerName: name),
            new QueueJoined(key, at.AddSeconds(4), queue),
            new AttemptStarted(key, at.AddSeconds(5), "1", operatorName),
        ];
        if (answered)
        {
            told.Add(new AttemptAnswered(key, at.AddSeconds(15), "1"));
            told.Add(new HoldStarted(key, at.AddSeconds(40), "1"));
            told.Add(new HoldEnded(key, at.AddSeconds(50), "1"));
        }

        told.Add(new CallEnded(key, at.AddSeconds(75), answered ? EndCause.Normal : EndCause.Cancelled));
        return told;
    }

    public async ValueTask DisposeAsync()
    {
        courier.Dispose();
        await stage.DisposeAsync();
    }
}
