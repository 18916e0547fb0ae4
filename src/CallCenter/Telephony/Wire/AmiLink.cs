using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>
/// One session with the manager interface of an Asterisk: greeting, login, keepalive. Understands only the answers to its
/// own actions; every other message goes to who listens, as it is.
/// </summary>
/// <remarks>
/// Settings besides those of the socket: <c>username</c>, <c>secret</c>, <c>auth</c> (<c>md5</c> or <c>plain</c>; not set:
/// md5, and plain where the server knows no md5).
/// The classes of events are asked for with the login, which needs no right. Filtering single events would need the
/// <c>system</c> right, so that is left to <c>eventfilter</c> in manager.conf.
/// </remarks>
sealed class AmiLink : SocketLink
{
    /// <summary>Channels, dialling, bridges and transfers; queues; starts and stops; the digits of transfer codes.</summary>
    const string Classes = "call,agent,system,dtmf";

    const int PortPlain = 5038, PortTls = 5039;

    readonly IReadOnlyList<string> snapshot;
    readonly ConcurrentDictionary<string, Awaited> orders = [];
    int asked;

    AmiLink(OpenSocket wire, IReadOnlyList<string> snapshot, LineLimits limits, TimeProvider clock) : base(wire, new AmiFraming(), limits, clock) => this.snapshot = snapshot;

    /// <param name="snapshot">The actions that ask what goes on, in their order.</param>
    /// <exception cref="LinkDownException">It cannot be reached, or does not let us in.</exception>
    public static Task<ILink> Connect(Settings settings, IReadOnlyList<string> snapshot, LineLimits limits, TimeProvider clock, CancellationToken stop) =>
        Connect(settings, PortPlain, PortTls, limits, clock, wire => new AmiLink(wire, snapshot, limits, clock), stop);

    public override async Task AskSnapshot(CancellationToken stop)
    {
        foreach (var action in snapshot) await Send(Encoding.UTF8.GetBytes(action), stop);
        if (Server.Length == 0) await Ask("CoreSettings", "settings", stop);
    }

    /// <remarks>
    /// With challenge and response the secret itself never crosses the wire. Servers that do not know it answer with an
    /// error; the secret is then sent plain, unless <c>auth=md5</c> forbids it.
    /// </remarks>
    protected override async Task LogIn(Settings settings, CancellationToken stop)
    {
        if (!(await Next(null, stop)).IsGreeting) throw new LinkDownException(LinkTrouble.Unreachable, "it does not greet as a manager port does");

        var auth = settings["auth"];
        if (auth != "plain")
        {
            await Ask("Challenge", "challenge", stop, ("AuthType", "MD5"));
            var answer = await Next("challenge", stop);
            if (answer is { IsSuccess: true, Challenge.Length: > 0 })
            {
#pragma warning disable CA5351 // the protocol's choice, not ours
                var key = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(answer.Challenge + settings["secret"])));
#pragma warning restore CA5351
                await Ask("Login", "login", stop, ("AuthType", "MD5"), ("Username", settings["username"]), ("Key", key), ("Events", Classes));
                await BeLetIn(stop);
                return;
            }

            if (auth == "md5") throw new LinkDownException(LinkTrouble.Refused, "it knows no challenge and response, and auth=md5 asks for it");
        }

        await Ask("Login", "login", stop, ("Username", settings["username"]), ("Secret", settings["secret"]), ("Events", Classes));
        await BeLetIn(stop);
    }

    async Task BeLetIn(CancellationToken stop)
    {
        var answer = await Next("login", stop);
        if (!answer.IsSuccess) throw new LinkDownException(LinkTrouble.Refused, answer.Message ?? "not let in");
    }

    /// <summary>The greeting, or the answer to one of our actions. Before the login there is nothing else.</summary>
    Task<Answer> Next(string? id, CancellationToken stop) =>
        Next((in ReadOnlySequence<byte> message) => AnswerIn(message) is var answer && (id is null || answer.Id == id) ? answer : null, stop);

    protected override Task Ping(CancellationToken stop) => Ask("Ping", "ping", stop);

    protected override Task Place(Order order, Awaited awaited)
    {
        if (order is not AmiOrder { Action: var action, Fields: var fields, HasSequel: var hasSequel }) throw new InvalidOperationException($"A manager server takes no {order.GetType().Name}.");
        var spelled = AmiAction.Spell(action, awaited.Id, fields);
        awaited.HasSequel = hasSequel;
        orders[awaited.Id] = awaited;
        return Send(spelled, CancellationToken.None);
    }

    protected override void Forget(Awaited awaited) => orders.TryRemove(awaited.Id, out _);

    protected override void Note(in ReadOnlySequence<byte> message)
    {
        if (!orders.IsEmpty) NoteOrder(message);
        if (!message.FirstSpan.StartsWith("Response"u8) && message.FirstSpan.Length >= "Response".Length) return;
        var answer = AnswerIn(message);
        if (answer.Version is { } version) Server = $"Asterisk {version}";
        // "Permission denied" to the list of channels: without it a lost link cannot be caught up with.
        if (!answer.IsSuccess && answer.Id is { } id && snapshot.Any(action => action.Contains($"ActionID: {id}\r\n", StringComparison.Ordinal)))
            Warning = answer.Message ?? "refused";
    }

    void NoteOrder(in ReadOnlySequence<byte> message)
    {
        var block = new AmiMessage(message.IsSingleSegment ? message.FirstSpan : message.ToArray());
        if (block.Event is var name && !name.IsEmpty && !name.SequenceEqual("OriginateResponse"u8) || block.Text("ActionID"u8) is not { } id || !orders.TryGetValue(id, out var awaited)) return;
        var isDone = block.Has("Response"u8, "Success"u8);
        if (!name.IsEmpty) awaited.Sequel.TrySetResult(new OrderAnswer(isDone ? OrderFate.Taken : OrderFate.Failed, isDone ? "" : WhyNot(block.Number("Reason"u8))));
        else awaited.Taken.TrySetResult(new OrderAnswer(isDone ? OrderFate.Taken : block.Has("Message"u8, "Permission denied"u8) ? OrderFate.NotPermitted : OrderFate.Refused, Said(block.Text("Message"u8)) ?? ""));
    }

    /// <summary>The reasons of Originate are states of its control frames; only these come for a telephone.</summary>
    static string WhyNot(int? reason) => reason switch
    {
        3 => "no answer",
        5 => "busy",
        8 => "congestion",
        _ => "not reachable",
    };

    Task Ask(string action, string id, CancellationToken stop, params (string Key, string Value)[] fields) =>
        Send(AmiAction.Spell(action, id is "ping" or "settings" ? $"{id}-{++asked}" : id, fields), stop);

    static Answer AnswerIn(in ReadOnlySequence<byte> message)
    {
        var block = new AmiMessage(message.IsSingleSegment ? message.FirstSpan : message.ToArray());
        return new Answer(block.IsGreeting, block.Text("ActionID"u8), block.Has("Response"u8, "Success"u8), Said(block.Text("Message"u8)),
            block.Text("Challenge"u8), Said(block.Text("AsteriskVersion"u8)));
    }

    sealed record Answer(bool IsGreeting, string? Id, bool IsSuccess, string? Message, string? Challenge, string? Version);
}
