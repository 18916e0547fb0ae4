using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CallCenter.Telephony.Providers;
using static CallCenter.Telephony.Providers.SimulatedPhoneSystem;

namespace CallCenter.Bench;

/// <summary>How one phone system spells the messages of the invented company, and what its connection needs to be told.</summary>
sealed record Dialect(string Provider, IReadOnlyDictionary<string, string> Settings, string SignatureHeader, Func<Message, byte[]> Write)
{
    /// <summary>One typed message for each event: what a provider of our own costs.</summary>
    public static readonly Dialect Simulator = new(Id, new Dictionary<string, string> { ["country"] = "ES" }, SimulatedPhoneSystem.SignatureHeader, told => SimulatedPhoneSystem.Write(told).ToArray());

    /// <summary>Read through an administrator's mapping: what any other system costs. Every message says who talks to whom.</summary>
    public static readonly Dialect Mapped = new("webhook", new Dictionary<string, string>
    {
        ["country"] = "ES",
        ["map.call_id"] = "data.call.id",
        ["map.event"] = "type",
        ["map.event_id"] = "id",
        ["map.time"] = "at",
        ["map.direction"] = "data.call.way",
        ["map.from"] = "data.call.from.number",
        ["map.to"] = "data.call.to.number",
        ["map.caller_name"] = "data.call.from.name",
        ["map.queue"] = "data.queue.name",
        ["map.operator"] = "data.agent.user",
        ["map.leg"] = "data.agent.leg",
        ["map.reason"] = "reason",
        ["value.event.call.started"] = "started",
        ["value.event.queue.joined"] = "queued",
        ["value.event.queue.left"] = "queue_left",
        ["value.event.leg.ringing"] = "ringing",
        ["value.event.leg.answered"] = "answered",
        ["value.event.leg.ended"] = "attempt_ended",
        ["value.event.leg.held"] = "on_hold",
        ["value.event.leg.resumed"] = "resumed",
        ["value.event.call.ended"] = "ended",
        ["value.event.*"] = "ignore",
        ["value.reason.normal"] = "completed",
        ["value.reason.unknown"] = "completed",
        ["value.reason.transferred_out"] = "answered",
        ["value.reason.forwarded"] = "not_answered",
        ["value.reason.rang"] = "not_answered",
    }, "X-Signature", WriteMapped);

    public static readonly IReadOnlyList<Dialect> All = [Simulator, Mapped];

    static byte[] WriteMapped(Message told)
    {
        JsonObject call = new() { ["id"] = told.Call, ["way"] = "incoming", ["from"] = new JsonObject { ["number"] = told.From ?? "+34600111222" }, ["to"] = new JsonObject { ["number"] = "+34819990010" } };
        JsonObject data = new() { ["call"] = call };
        if (told.Name is not null) call["from"]!["name"] = told.Name;
        if (told.Queue is not null) data["queue"] = new JsonObject { ["name"] = told.Queue };
        if (told.Leg is not null) data["agent"] = new JsonObject { ["user"] = told.Who, ["leg"] = told.Leg };
        var message = new JsonObject
        {
            ["id"] = $"{told.Call}.{told.Seq.ToString(CultureInfo.InvariantCulture)}",
            ["type"] = told.Type,
            ["at"] = JsonSerializer.SerializeToNode(told.At),
            ["data"] = data,
        };
        if (told.Type is not "call.started" && told.Result is not null) message["reason"] = told.Result;
        return Encoding.UTF8.GetBytes(message.ToJsonString());
    }
}
