using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>
/// One session with the event socket of a FreeSWITCH (mod_event_socket): password, subscription, keepalive. Understands only
/// the answers to its own questions; every message goes to who listens, as it is.
/// </summary>
/// <remarks>
/// Settings besides those of the socket: <c>password</c>, and <c>username</c> for an account of the directory
/// (<c>user@domain</c>) instead of the socket's own password. The event socket speaks no TLS itself; <c>tls</c> is for a
/// tunnel before it.
/// </remarks>
sealed class EslLink : SocketLink
{
    const int Port = 8021;

    readonly IReadOnlyList<string> events, subclasses;
    readonly LineLimits limits;
    readonly TimeProvider clock;

    /// <summary>Questions on their way, in order: the answers name none.</summary>
    readonly ConcurrentQueue<(EslQuestion Question, TaskCompletionSource<string> Answer)> asked = [];

    /// <summary>Commands whose replies are to come, in order: they name nothing either. Null for those whose reply says nothing.</summary>
    readonly ConcurrentQueue<Awaited?> replies = [];

    /// <summary>Orders that run, by the id of their job.</summary>
    readonly ConcurrentDictionary<string, Awaited> jobs = [];

    EslLink(OpenSocket wire, IReadOnlyList<string> events, IReadOnlyList<string> subclasses, LineLimits limits, TimeProvider clock)
        : base(wire, new EslFraming(), limits, clock) => (this.events, this.subclasses, this.limits, this.clock) = (events, subclasses, limits, clock);

    /// <exception cref="LinkDownException">It cannot be reached, or does not let us in.</exception>
    public static Task<ILink> Connect(Settings settings, IReadOnlyList<string> events, IReadOnlyList<string> subclasses, LineLimits limits, TimeProvider clock, CancellationToken stop) =>
        Connect(settings, Port, Port, limits, clock, wire => new EslLink(wire, events, subclasses, limits, clock), stop);

    /// <remarks>The channels come last: their list settles what happened, and needs to know who waits in which queue.</remarks>
    public override async Task AskSnapshot(CancellationToken stop)
    {
        if (Server.Length == 0) await Ask(EslQuestion.Version, stop);
        await Ask(EslQuestion.CoreUuid, stop);
        foreach (var queue in QueuesIn(await Ask(EslQuestion.Queues, stop))) await Ask(EslQuestion.QueueMembers, stop, queue);
        await Ask(EslQuestion.Agents, stop);
        await Ask(EslQuestion.Tiers, stop);
        await Ask(EslQuestion.Channels, stop);
    }

    protected override async Task LogIn(Settings settings, CancellationToken stop)
    {
        var first = await Next(ReplyIn, stop);
        if (first.Kind == EslKind.Rejection) throw new LinkDownException(LinkTrouble.Refused, "its access list (apply-inbound-acl) does not admit this server");
        if (first.Kind != EslKind.PasswordWanted) throw new LinkDownException(LinkTrouble.Unreachable, "it does not greet as an event socket does");

        await Send(EslCommand.LogIn(settings["username"], settings["password"]), stop);
        if (await Refusal(stop) is { } wrong) throw new LinkDownException(LinkTrouble.Refused, $"it does not accept the password: {wrong}");
        await Send(EslCommand.Listen(events, subclasses), stop);
        if (await Refusal(stop) is { } denied) throw new LinkDownException(LinkTrouble.Refused, $"it does not let us listen: {denied}");
    }

    /// <summary>What it says instead of +OK.</summary>
    async Task<string?> Refusal(CancellationToken stop) =>
        await Next(ReplyIn, stop) is var reply && reply.Kind == EslKind.Reply && reply.Text.StartsWith("+OK", StringComparison.Ordinal) ? null : reply.Text;

    protected override Task Ping(CancellationToken stop) => Send(EslCommand.AreYouThere(), stop, () => replies.Enqueue(null));

    protected override Task Place(Order order, Awaited awaited)
    {
        if (order is not EslOrder told) throw new InvalidOperationException($"An event socket takes no {order.GetType().Name}.");
        var spelled = EslCommand.Do(told, awaited.Id);
        awaited.HasSequel = true;
        jobs[awaited.Id] = awaited;
        return Send(spelled, CancellationToken.None, () => replies.Enqueue(awaited));
    }

    protected override void Forget(Awaited awaited) => jobs.TryRemove(awaited.Id, out _);

    protected override void Note(in ReadOnlySequence<byte> message)
    {
        // The headers tell, and they are short; the body of an event is not looked at.
        var start = message.IsSingleSegment ? message.FirstSpan : message.Slice(0, Math.Min(message.Length, EslFraming.HeadMax)).ToArray();
        switch (new EslMessage(start).Kind)
        {
            case EslKind.Answer when asked.TryDequeue(out var pending):
                Take(pending.Question, pending.Answer, message);
                break;
            case EslKind.Reply:
                NoteReply(ReplyIn(message).Text);
                break;
            case EslKind.Event when !jobs.IsEmpty:
                NoteJob(message);
                break;
            case EslKind.Farewell:
                throw new LinkDownException(LinkTrouble.Closed, ReplyIn(message).Text);
        }
    }

    /// <summary>Consent names the job; what names none is the reply to whatever was asked first.</summary>
    void NoteReply(string said)
    {
        const string Named = "+OK Job-UUID: ";
        var id = said.StartsWith(Named, StringComparison.Ordinal) ? said[Named.Length..] : null;
        while (replies.TryDequeue(out var awaited))
            if (id is null)
            {
                awaited?.Taken.TrySetResult(FateOf(said, OrderFate.Refused) is { Fate: not OrderFate.Taken } refused ? refused : new OrderAnswer(OrderFate.Refused, said));
                return;
            }
            else if (awaited?.Id == id)
            {
                awaited.Taken.TrySetResult(new OrderAnswer(OrderFate.Taken));
                return;
            }
    }

    void NoteJob(in ReadOnlySequence<byte> message)
    {
        var done = new EslMessage(message.IsSingleSegment ? message.FirstSpan : message.ToArray());
        if (done.Event.SequenceEqual("BACKGROUND_JOB"u8) && done.Text("Job-UUID"u8) is { } id && jobs.TryGetValue(id, out var awaited))
            awaited.Sequel.TrySetResult(FateOf(Said(Encoding.UTF8.GetString(done.Content))!.Trim(), OrderFate.Failed));
    }

    static OrderAnswer FateOf(string said, OrderFate otherwise) => said.StartsWith("+OK", StringComparison.Ordinal) ? new OrderAnswer(OrderFate.Taken)
        : new OrderAnswer(said.Contains("permission denied", StringComparison.OrdinalIgnoreCase) ? OrderFate.NotPermitted : otherwise, said.StartsWith("-ERR ", StringComparison.Ordinal) ? said[5..] : said);

    void Take(EslQuestion question, TaskCompletionSource<string> answer, in ReadOnlySequence<byte> message)
    {
        var text = question == EslQuestion.Queues ? Encoding.UTF8.GetString(new EslMessage(message.ToArray()).Body) : ReplyIn(message).Text;
        if (question == EslQuestion.Version) Server = text;
        // Without the list of channels a lost link cannot be caught up with.
        if (question == EslQuestion.Channels) Warning = text.StartsWith('-') ? text : null;
        answer.TrySetResult(text);
    }

    /// <summary>A FreeSWITCH that does not answer in time is taken to have said nothing; whether it is still there the ping tells.</summary>
    async Task<string> Ask(EslQuestion question, CancellationToken stop, string queue = "")
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Send(EslCommand.Ask(question, queue), stop, () => asked.Enqueue((question, answer)));
        try
        {
            return await answer.Task.WaitAsync(limits.AnswerWithin, clock, stop);
        }
        catch (TimeoutException)
        {
            return "";
        }
    }

    /// <summary>The first column of <c>name|strategy|…</c>; nothing where mod_callcenter is not loaded.</summary>
    static IEnumerable<string> QueuesIn(string list) => list.Split('\n').Where(line => line.Contains('|'))
        .Select(line => line[..line.IndexOf('|')]).Where(name => name is not "name" && EslCommand.IsWord(name));

    /// <summary>What it says to people, in one short line.</summary>
    static Reply ReplyIn(in ReadOnlySequence<byte> message)
    {
        var block = new EslMessage(message.IsSingleSegment ? message.FirstSpan : message.ToArray());
        return new Reply(block.Kind, Said(block.ReplyText ?? Encoding.UTF8.GetString(block.Body[..Math.Min(block.Body.Length, 1024)]))!.Trim());
    }

    sealed record Reply(EslKind Kind, string Text);
}
