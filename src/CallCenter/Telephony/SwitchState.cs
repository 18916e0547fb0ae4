using System.Text;
using System.Text.RegularExpressions;
using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>
/// What has been heard of one phone system that speaks of channels, as far as it is still needed to understand what comes
/// next: its legs, and which conversation each belongs to. Read and written by the phone system's translator alone.
/// </summary>
/// <remarks>Bounded: a leg is forgotten <see cref="Grace"/> after its hang-up, and beyond <see cref="LegsMax"/> the oldest are.</remarks>
abstract partial class SwitchState(string connection, Settings settings)
{
    public const int LegsMax = 20_000;

    /// <summary>Longer ids are no ids.</summary>
    public const int IdMax = 200;

    const int ExtensionDigitsMax = 6;

    /// <summary>Messages about a channel may come after its hang-up; with a lost link in between even much later.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    readonly Dictionary<string, Leg> legs = [];
    readonly Dictionary<string, Conversation> conversations = [];
    readonly Queue<Leg> gone = new();
    readonly List<CallEvent> told = [];
    readonly Regex? extensions = PatternOf(settings["extensions"]);

    public Settings Settings => settings;

    /// <summary>When the message being read was sent, as far as we can know.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Its place among the messages of the same millisecond.</summary>
    int order;

    public int Link { get; private set; }

    /// <summary>The call whose leg the message named first.</summary>
    public string? About { get; private set; }

    /// <summary>When the link went down, until a snapshot has settled what happened meanwhile.</summary>
    public DateTimeOffset? LostAt { get; set; }

    /// <summary>Who takes calls of its queues, and who of them pauses.</summary>
    public QueueMembers Queuers { get; } = new();

    /// <summary>Who is in which of its queues, whether or not he pauses or is there.</summary>
    public QueueSeats Seats { get; } = new();

    /// <summary>No snapshot since the link came up: what this state knows may be out of date.</summary>
    public bool IsUnsettled { get; set; } = true;

    /// <summary>Calls that last, as far as this state knows. After a snapshot has settled, no other call of this connection does.</summary>
    public IEnumerable<CallKey> Lasting => conversations.Values.Where(call => call is { IsTold: true, IsOver: false, IsLost: false }).Select(call => call.Key);

    public int Legs => legs.Count;

    public IEnumerable<Conversation> Conversations => conversations.Values;

    public IEnumerable<Leg> AllLegs => legs.Values;

    public void Hear(DateTimeOffset sent, int link)
    {
        var at = new DateTimeOffset(sent.UtcTicks - sent.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
        order = at == Now ? order + 1 : 0;
        Now = at;
        Link = link;
        About = null;
    }

    /// <summary>What is told afterwards of a moment comes after all that was told in it; a beginning comes before.</summary>
    public void Tell(CallEvent happened) =>
        told.Add(happened with { Order = happened.At == Now ? order : happened is CallStarted ? 0 : int.MaxValue });

    /// <summary>What the message meant, once.</summary>
    public CallEvent[] TakeTold()
    {
        if (told.Count == 0) return [];
        CallEvent[] taken = [.. told];
        told.Clear();
        return taken;
    }

    // ---- Legs and conversations ----

    public Leg? Find(string id) => legs.GetValueOrDefault(id);

    public Conversation? FindConversation(string id) => conversations.GetValueOrDefault(id);

    public Leg? Find(ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty || id.Length > IdMax) return null;
        Span<char> letters = stackalloc char[id.Length];
        if (!legs.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(letters[..Encoding.UTF8.GetChars(id, letters)], out var leg)) return null;
        About ??= leg.Call.Key.Id;
        return leg;
    }

    public Conversation? FindConversation(ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty || id.Length > IdMax) return null;
        Span<char> letters = stackalloc char[id.Length];
        return conversations.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(letters[..Encoding.UTF8.GetChars(id, letters)], out var call) ? call : null;
    }

    /// <summary>A channel that was not known, and the conversation it is part of.</summary>
    public Leg Add(string id, string conversation, string channel, LegKind kind, string number)
    {
        ForgetOld();
        var call = ConversationOf(conversation);
        var leg = new Leg(id, channel, kind, number, call, Now, Link);
        legs[id] = leg;
        call.Members++;
        if (leg.IsTelephone) call.Alive++;
        if (id == conversation) call.Root = leg;
        return leg;
    }

    public Conversation ConversationOf(string id)
    {
        if (!conversations.TryGetValue(id, out var call))
            conversations[id] = call = new Conversation(new CallKey(connection, id), Now);
        return call;
    }

    /// <summary>The leg now belongs to another conversation: transferred, picked up, taken back from parking.</summary>
    public void Move(Leg leg, Conversation to)
    {
        var from = leg.Call;
        if (from == to) return;
        leg.Call = to;
        from.Members--;
        to.Members++;
        if (from.Members <= 0 && (from.Root is null || !legs.ContainsKey(from.Root.Id))) conversations.Remove(from.Key.Id);
        if (leg is not { IsTelephone: true, IsGone: false }) return;
        from.Alive--;
        to.Alive++;
    }

    public void Go(Leg leg)
    {
        if (leg.IsGone) return;
        leg.GoneAt = Now;
        if (leg.IsTelephone) leg.Call.Alive--;
        gone.Enqueue(leg);
    }

    /// <summary>The phone system started anew: no channel from before exists.</summary>
    public virtual void ForgetAll()
    {
        legs.Clear();
        conversations.Clear();
        gone.Clear();
    }

    void ForgetOld()
    {
        while (gone.TryPeek(out var oldest) && Now - oldest.GoneAt > Grace) Forget(gone.Dequeue());
        if (legs.Count < LegsMax) return;
        foreach (var leg in legs.Values.OrderBy(leg => leg.Since).Take(LegsMax / 10).ToList()) Forget(leg);
    }

    protected virtual bool Forget(Leg leg)
    {
        if (!legs.Remove(leg.Id)) return false;
        if (leg is { IsTelephone: true, IsGone: false }) leg.Call.Alive--;
        if (--leg.Call.Members <= 0) conversations.Remove(leg.Call.Key.Id);
        // A conversation whose legs have all moved away is known by its root alone.
        if (leg.Call.Root != leg && conversations.TryGetValue(leg.Id, out var own) && own.Members <= 0) conversations.Remove(leg.Id);
        return true;
    }

    // ---- Names and numbers ----

    /// <summary>Words that administrators of all countries put into the names of what leads outside.</summary>
    protected static bool NamesATrunk(string? name)
    {
        ReadOnlySpan<string> words = ["trunk", "troncal", "pstn", "from-did", "external", "externo", "entrante", "incoming", "carrier", "proveedor"];
        foreach (var word in words)
            if (name?.Contains(word, StringComparison.OrdinalIgnoreCase) == true) return true;
        return false;
    }

    /// <summary>An endpoint whose context does not tell: by the pattern of extensions, else by its name.</summary>
    protected bool LooksLikeTrunk(string endpoint, string? context)
    {
        if (NamesATrunk(context)) return true;
        if (extensions is not null) return !extensions.IsMatch(endpoint);
        if (endpoint.All(char.IsAsciiDigit)) return endpoint.Length > ExtensionDigitsMax;
        return context is null || !context.Contains("intern", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The pattern's first group, when it has one: with <c>^99(\d{3})$</c> a browser telephone 99201 is extension 201.</summary>
    protected string ExtensionOf(string endpoint) =>
        extensions?.Match(endpoint) is { Success: true, Groups: { Count: > 1 } groups } && groups[1].Success ? groups[1].Value : endpoint;

    /// <summary>A number somebody inside can be dialled on.</summary>
    public bool IsExtension(string number) => extensions is not null
        ? extensions.IsMatch(number)
        : number.Length is > 0 and <= ExtensionDigitsMax && number.All(char.IsAsciiDigit);

    /// <summary><c>00541142686427@trunk</c>, <c>SIP/trunk/0054…</c>, <c>PJSIP/trunk/sip:+54…@host</c>, <c>sofia/internal/101%host</c>, <c>user/101</c>: the number in it.</summary>
    public static string? NumberIn(string? dialString)
    {
        if (dialString is null) return null;
        var number = dialString.AsSpan();
        if (number.LastIndexOf('/') is >= 0 and var slash) number = number[(slash + 1)..];
        if (number.IndexOfAny('@', '%') is > 0 and var at) number = number[..at];
        foreach (var scheme in (ReadOnlySpan<string>)["sips:", "sip:", "tel:"])
            if (number.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) number = number[scheme.Length..];
        return number.IsEmpty ? null : number.ToString();
    }

    /// <summary>Whom people mean by this leg: the number dialled for an outside telephone, else the extension.</summary>
    public static string NameOf(Leg leg) => leg.Ringing?.Who ?? leg.Number;

    static Regex? PatternOf(string pattern)
    {
        try
        {
            return pattern.Length == 0 ? null : new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null; // a wrong pattern must not stop the calls; the endpoints then tell by their names
        }
    }

    // ---- What becomes of a call ----

    public void Begin(Conversation call, Direction direction, PhoneNumber? from, PhoneNumber? to,
        string? line = null, string? placedBy = null, string? callerName = null, bool coarse = false)
    {
        call.IsTold = true;
        call.Direction = direction;
        Tell(new CallStarted(call.Key, call.StartedAt, direction, from, to, line, placedBy, callerName)
        {
            Coarse = coarse,
            ToldAs = coarse ? $"snapshot:started:{direction}" : null,
        });
    }

    /// <summary>The first telephone that is called shows what sort of call it is.</summary>
    /// <param name="shownNumber">The number that it sees.</param>
    public void Introduce(Leg called, LegRole role, string? shownNumber)
    {
        var call = called.Call;
        if (call.IsTold ? !call.AwaitsTarget : call.Root is null) return;
        if (role == LegRole.Caller)
        {
            // Click to call rings the agent's own telephone first; whom he wants to talk to comes after his answer.
            if (call.IsTold) return;
            call.Placer = called;
            call.AwaitsTarget = true;
            Begin(call, Direction.Outbound, PhoneNumber.Internal(called.Number), null, placedBy: called.Number);
            return;
        }

        var who = called.Ringing!.Who;
        var placer = call.Placer ?? (call.Root is { Kind: LegKind.Extension } root ? root : null);
        var typed = call.Dialled ?? (placer is { IsOriginated: false, DialledBy: null } ? placer.Exten : null) ?? who;
        var from = placer is null ? null : PhoneNumber.Internal(placer.Number);
        call.AwaitsTarget = false;
        if (role == LegRole.Outside)
            Begin(call, Direction.Outbound, from, settings.Number(who) with { Raw = typed },
                line: shownNumber != placer?.Number ? shownNumber : null, placedBy: placer?.Number);
        else
            Begin(call, Direction.Internal, from, PhoneNumber.Internal(typed), placedBy: placer?.Number);
    }

    /// <summary>Click to call has rung the agent, and now it is known whom he wants to talk to.</summary>
    public bool Aim(Conversation? call, string dialled)
    {
        if (call is not { AwaitsTarget: true, Placer: { } placer, Dialled: null }) return false;
        call.Dialled = dialled;
        var isInternal = IsExtension(dialled);
        Begin(call, isInternal ? Direction.Internal : Direction.Outbound, PhoneNumber.Internal(placer.Number),
            isInternal ? PhoneNumber.Internal(dialled) : settings.Number(dialled), placedBy: placer.Number);
        return true;
    }

    public void Rings(Leg leg)
    {
        if (leg.Ringing is not { IsTold: false, IsOver: false, IsAnswered: false, Call.IsTold: true } ringing) return;
        ringing.IsTold = true;
        Tell(new AttemptStarted(ringing.Call.Key, Now, leg.Id, ringing.Who, ringing.Role));
    }

    /// <summary>Somebody who joins without having been rung.</summary>
    public static Ringing Unasked(Leg leg, Conversation call, string? who = null)
    {
        call.Open++;
        return new Ringing(call, who ?? leg.Number, leg.Kind == LegKind.Trunk ? LegRole.Outside : LegRole.Operator);
    }

    public void Answers(Leg leg)
    {
        if (leg.Ringing is not { IsAnswered: false, Call.IsTold: true } ringing) return;
        MarkAnswered(ringing);
        Tell(new AttemptAnswered(ringing.Call.Key, Now, leg.Id, ringing.Who, ringing.Role));
    }

    public static void MarkAnswered(Ringing ringing)
    {
        ringing.IsAnswered = true;
        if (!ringing.IsOver) ringing.Call.Open--;
        ringing.Call.IsAnswered |= ringing.Call.Direction == Direction.Outbound ? ringing.Role == LegRole.Outside : ringing.Role != LegRole.Caller;
    }

    /// <summary>It stopped ringing, or who spoke on it has left.</summary>
    /// <param name="missedAt">Nobody heard it stop; a snapshot does not list it any more.</param>
    public void Stops(Leg leg, AttemptResult result, DateTimeOffset? missedAt = null)
    {
        if (leg.Ringing is not { IsOver: false } ringing) return;
        ringing.IsOver = true;
        var call = ringing.Call;
        if (!ringing.IsAnswered)
        {
            call.Open--;
            Note(call, result);
        }

        if (call.IsTold)
            Tell(new AttemptEnded(call.Key, missedAt ?? Now, leg.Id, result, ringing.Who, ringing.Role) { Coarse = missedAt is not null });
    }

    /// <summary>How the phone system fared with somebody whom it called.</summary>
    public static void Note(Conversation call, AttemptResult result)
    {
        call.LastResult = result;
        call.SomebodyDidNotAnswer |= result is AttemptResult.NotAnswered or AttemptResult.Declined;
        call.SomebodyWasBusy |= result is AttemptResult.Busy;
    }

    public void Joins(Leg leg, string queue)
    {
        var call = leg.Call;
        if (!call.IsTold && call.Root is { Kind: LegKind.Extension } root)
            Begin(call, Direction.Internal, PhoneNumber.Internal(root.Number), root.Exten is { } to ? PhoneNumber.Internal(to) : null, placedBy: root.Number);
        leg.Queue = queue;
        leg.HasAbandoned = false;
        call.HasQueued = true;
        call.LastExit = null;
        if (call.IsTold) Tell(new QueueJoined(call.Key, Now, queue));
    }

    public void Leaves(Leg leg, QueueExit exit)
    {
        if (leg.Queue is not { } queue) return;
        leg.Call.LastExit = exit;
        leg.Queue = null;
        if (leg.Call.IsTold) Tell(new QueueLeft(leg.Call.Key, Now, queue, exit));
    }

    public void Holds(Leg leg)
    {
        leg.IsHolding = true;
        leg.Call.Holders++;
        if (leg.Call.IsTold) Tell(new HoldStarted(leg.Call.Key, Now, leg.Id));
    }

    public void Resumes(Leg leg)
    {
        leg.IsHolding = false;
        leg.Call.Holders--;
        if (leg.Call.IsTold) Tell(new HoldEnded(leg.Call.Key, Now, leg.Id));
    }

    /// <summary>Who placed a call and passes it on has left; the call goes on without him.</summary>
    public static void PassedOn(Leg leg)
    {
        leg.HasPassedOn = true;
        if (leg.Call.Root == leg || leg.Call.Placer == leg) leg.Call.IsHandedOver = true;
    }

    /// <summary>
    /// The telephone is gone and all that hung on it has been told. The call ends with who began it; if he has passed it on
    /// or was half of a pair of channels, with the last telephone.
    /// </summary>
    /// <param name="isNowhere">The number leads to nobody inside, so it was meant for outside, however short it is.</param>
    public void HungUp(Leg leg, string? rawCause, bool isNowhere = false)
    {
        if (leg.IsHolding) leg.Call.Holders--;
        leg.IsHolding = false;
        Go(leg);

        var own = leg.Id == leg.Call.Key.Id ? leg.Call : FindConversation(leg.Id);
        if (own is { IsHandedOver: false } && own.Root == leg && leg.IsTelephone) End(own, rawCause);
        if (leg.Call is { Alive: 0, IsTold: true } && (leg.Call.Root is null or { IsGone: true } || leg.Call.IsHandedOver)) End(leg.Call, rawCause);
        if (own is { IsTold: false, IsOver: false } && own.Root == leg) EndUntold(own, leg, rawCause, isNowhere);
    }

    void End(Conversation call, string? rawCause)
    {
        if (call is not { IsTold: true, IsOver: false }) return;
        call.IsOver = true;
        Tell(new CallEnded(call.Key, Now, CauseOf(call), rawCause));
    }

    /// <summary>
    /// An extension dialled a number and the phone system found no way to call it: no telephone was rung, yet it was a call
    /// that failed. Codes are answered by the phone system or are no numbers.
    /// </summary>
    void EndUntold(Conversation call, Leg leg, string? rawCause, bool isNowhere)
    {
        call.IsOver = true;
        if (leg is not { Kind: LegKind.Extension, IsUp: false, IsOriginated: false, Ringing: null, Exten: [>= '0' and <= '9' or '+', _, ..] dialled }
            || leg.Call != call || call.HasDialled) return;

        var isInternal = !isNowhere && IsExtension(dialled);
        Begin(call, isInternal ? Direction.Internal : Direction.Outbound, PhoneNumber.Internal(leg.Number),
            isInternal ? PhoneNumber.Internal(dialled) : settings.Number(dialled), placedBy: leg.Number);
        call.IsOver = false;
        End(call, rawCause);
    }

    static EndCause CauseOf(Conversation call)
    {
        if (call.IsAnswered) return EndCause.Normal;
        if (call.IsCutByStop) return EndCause.Failed;
        if (call.CallerGaveUp || call.LastExit == QueueExit.Abandoned) return EndCause.Cancelled;
        if (call.LastExit is QueueExit.TimedOut or QueueExit.Refused) return EndCause.NoAnswer;
        if (call.Direction == Direction.Outbound && call.LastResult is { } last) return CauseOf(last); // of several trunks tried the last
        if (call.SomebodyDidNotAnswer) return EndCause.NoAnswer;
        if (call.SomebodyWasBusy) return EndCause.Busy;
        if (call.LastResult is not null) return CauseOf(call.LastResult.Value);
        return call.Direction == Direction.Inbound ? EndCause.NoAnswer : EndCause.Failed;
    }

    static EndCause CauseOf(AttemptResult result) => result switch
    {
        AttemptResult.Busy => EndCause.Busy,
        AttemptResult.Failed => EndCause.Failed,
        AttemptResult.Cancelled => EndCause.Cancelled,
        _ => EndCause.NoAnswer,
    };
}
