using System.Text;
using System.Text.RegularExpressions;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>
/// What has been heard of one Asterisk and is still needed to understand what comes next: its channels and which
/// conversation each belongs to. Read and written by <see cref="Asterisk"/> alone.
/// </summary>
/// <remarks>Bounded: a channel is forgotten <see cref="Grace"/> after its hang-up, and beyond <see cref="LegsMax"/> the oldest are.</remarks>
sealed class AsteriskState(string connection, Settings settings)
{
    public const int LegsMax = 20_000;
    const int EndpointsMax = 20_000;

    /// <summary>Messages about a channel may come after its hang-up; with a lost link in between even much later.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    readonly Dictionary<string, Leg> legs = [];
    readonly Dictionary<string, Conversation> conversations = [];
    readonly Dictionary<string, Leg> halves = []; // of Local channels, by channel name
    readonly Dictionary<string, (LegKind Kind, string Number)> endpoints = [];
    readonly Queue<Leg> gone = new();
    readonly List<CallEvent> told = [];
    readonly Regex? extensions = PatternOf(settings["extensions"]);

    public Settings Settings => settings;

    /// <summary>When the message being read arrived.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Its place among the messages of the same millisecond.</summary>
    int order;

    public int Link { get; private set; }

    /// <summary>The call whose leg the message named first.</summary>
    public string? About { get; private set; }

    /// <summary>When the link went down, until a snapshot has settled what happened meanwhile.</summary>
    public DateTimeOffset? LostAt { get; set; }

    /// <summary>No snapshot since the link came up: what this state knows may be out of date.</summary>
    public bool IsUnsettled { get; set; } = true;

    public DateTimeOffset? BootedAt { get; set; }

    /// <summary>The lists of a snapshot while they arrive.</summary>
    public AsteriskSnapshot Snapshot { get; } = new();

    /// <summary>Calls that last, as far as this state knows. After a snapshot has settled, no other call of this connection does.</summary>
    public IEnumerable<CallKey> Lasting => conversations.Values.Where(call => call is { IsTold: true, IsOver: false, IsLost: false }).Select(call => call.Key);

    public int Legs => legs.Count;

    public IEnumerable<Conversation> Conversations => conversations.Values;

    public IEnumerable<Leg> AllLegs => legs.Values;

    public void Hear(StreamItem item)
    {
        var at = new DateTimeOffset(item.At.UtcTicks - item.At.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
        order = at == Now ? order + 1 : 0;
        Now = at;
        Link = item.Link;
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

    public Leg? Find(string uniqueid) => legs.GetValueOrDefault(uniqueid);

    public Conversation? FindConversation(string linkedid) => conversations.GetValueOrDefault(linkedid);

    public Leg? Find(ReadOnlySpan<byte> uniqueid)
    {
        if (uniqueid.IsEmpty || uniqueid.Length > 256) return null;
        Span<char> id = stackalloc char[uniqueid.Length];
        if (!legs.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id[..Encoding.UTF8.GetChars(uniqueid, id)], out var leg)) return null;
        About ??= leg.Call.Key.Id;
        return leg;
    }

    public Conversation? FindConversation(ReadOnlySpan<byte> linkedid)
    {
        if (linkedid.IsEmpty || linkedid.Length > 256) return null;
        Span<char> id = stackalloc char[linkedid.Length];
        return conversations.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id[..Encoding.UTF8.GetChars(linkedid, id)], out var call) ? call : null;
    }

    /// <summary>A channel that was not known, and the conversation its Linkedid names.</summary>
    public Leg Add(string uniqueid, string linkedid, string channel, string? context)
    {
        ForgetOld();
        var call = ConversationOf(linkedid);
        var (kind, number) = KindOf(channel, context);
        var leg = new Leg(uniqueid, channel, kind, number, call, Now, Link);
        legs[uniqueid] = leg;
        call.Members++;
        if (leg.IsTelephone) call.Alive++;
        if (uniqueid == linkedid) call.Root = leg;
        if (kind == LegKind.Local && HalfOf(channel) is { } other)
        {
            halves[channel] = leg;
            if (halves.TryGetValue(other, out var twin)) (leg.Twin, twin.Twin) = (twin, leg);
        }

        return leg;
    }

    public Conversation ConversationOf(string linkedid)
    {
        if (!conversations.TryGetValue(linkedid, out var call))
            conversations[linkedid] = call = new Conversation(new CallKey(connection, linkedid), Now);
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

    /// <summary>The PBX started anew: no channel from before exists.</summary>
    public void ForgetAll()
    {
        legs.Clear();
        conversations.Clear();
        halves.Clear();
        gone.Clear();
    }

    void ForgetOld()
    {
        while (gone.TryPeek(out var oldest) && Now - oldest.GoneAt > Grace) Forget(gone.Dequeue());
        if (legs.Count < LegsMax) return;
        foreach (var leg in legs.Values.OrderBy(leg => leg.Since).Take(LegsMax / 10).ToList()) Forget(leg);
    }

    void Forget(Leg leg)
    {
        if (!legs.Remove(leg.Id)) return;
        if (leg.Kind == LegKind.Local) halves.Remove(leg.Channel);
        if (leg is { IsTelephone: true, IsGone: false }) leg.Call.Alive--;
        if (--leg.Call.Members <= 0) conversations.Remove(leg.Call.Key.Id);
        // A conversation whose legs have all moved away is known by its root alone.
        if (leg.Call.Root != leg && conversations.TryGetValue(leg.Id, out var own) && own.Members <= 0) conversations.Remove(leg.Id);
    }

    /// <summary>
    /// Trunk or extension, and the extension's number. Set by hand with <c>trunks</c>; otherwise told by the context that
    /// calls of the endpoint enter (FreePBX <c>from-trunk</c>, <c>from-pstn</c>) or by its name.
    /// </summary>
    public (LegKind Kind, string Number) KindOf(string channel, string? context)
    {
        var slash = channel.IndexOf('/');
        if (slash <= 0) return (LegKind.Other, channel);
        var technology = channel.AsSpan(0, slash);
        if (technology.SequenceEqual("Local")) return (LegKind.Local, channel);
        // Helpers of the PBX: parking, paging, recording, conference announcements, messages, spies.
        if (technology is "Message" or "Surrogate" or "Announcer" or "Recorder" or "CBAnn" or "CBRec" or "Snoop" or "AsyncGoto" or "Bridge"
            or "MulticastRTP" or "UnicastRTP" or "Parked" or "ConfBridgeRecorder" or "AudioSocket" or "WebSocket") return (LegKind.Other, channel);

        var end = channel.LastIndexOf('-');
        var endpoint = end > slash ? channel[(slash + 1)..end] : channel[(slash + 1)..];
        if (endpoints.TryGetValue(endpoint, out var known)) return known;

        var isTrunk = settings.Trunks.Count > 0 ? settings.Trunks.Contains(endpoint) : LooksLikeTrunk(endpoint, context);
        if (endpoints.Count >= EndpointsMax) endpoints.Clear();
        return endpoints[endpoint] = isTrunk ? (LegKind.Trunk, endpoint) : (LegKind.Extension, ExtensionOf(endpoint));
    }

    bool LooksLikeTrunk(string endpoint, string? context)
    {
        ReadOnlySpan<string> trunkWords = ["trunk", "troncal", "pstn", "from-did", "external", "externo", "entrante", "incoming", "carrier", "proveedor"];
        foreach (var word in trunkWords)
            if (context?.Contains(word, StringComparison.OrdinalIgnoreCase) == true) return true;
        if (extensions is not null) return !extensions.IsMatch(endpoint);
        if (endpoint.All(char.IsAsciiDigit)) return endpoint.Length > ExtensionDigitsMax;
        return context is null || !context.Contains("intern", StringComparison.OrdinalIgnoreCase);
    }

    const int ExtensionDigitsMax = 6;

    /// <summary>The pattern's first group, when it has one: with <c>^99(\d{3})$</c> a browser telephone 99201 is extension 201.</summary>
    string ExtensionOf(string endpoint) =>
        extensions?.Match(endpoint) is { Success: true, Groups: { Count: > 1 } groups } && groups[1].Success ? groups[1].Value : endpoint;

    /// <summary>A number somebody inside can be dialled on.</summary>
    public bool IsExtension(string number) => extensions is not null
        ? extensions.IsMatch(number)
        : number.Length is > 0 and <= ExtensionDigitsMax && number.All(char.IsAsciiDigit);

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

    static string? HalfOf(string channel) => channel switch
    {
        [.., ';', '1'] => channel[..^1] + '2',
        [.., ';', '2'] => channel[..^1] + '1',
        _ => null,
    };
}

enum LegKind
{
    Extension,
    Trunk,

    /// <summary>Half of a pair that Asterisk puts between two parts of a call; no telephone.</summary>
    Local,
    Other,
}

/// <summary>One channel. Known by its Uniqueid, because its Linkedid may change.</summary>
sealed class Leg(string id, string channel, LegKind kind, string number, Conversation call, DateTimeOffset since, int link)
{
    public string Id => id;

    public string Channel => channel;

    public LegKind Kind => kind;

    public bool IsTelephone => kind is LegKind.Extension or LegKind.Trunk;

    /// <summary>Extension, or name of the trunk.</summary>
    public string Number => number;

    /// <summary>When it came to be.</summary>
    public DateTimeOffset Since { get; set; } = since;

    public int Link { get; set; } = link;

    /// <summary>The conversation it is part of now.</summary>
    public Conversation Call { get; set; } = call;

    public string? Exten { get; set; }

    public string? CallerId { get; set; }

    public string? CallerName { get; set; }

    public bool IsUp { get; set; }

    public DateTimeOffset? GoneAt { get; set; }

    public bool IsGone => GoneAt is not null;

    /// <summary>Known from a snapshot alone; its own beginning may still be on the way.</summary>
    public bool IsListedOnly { get; set; }

    /// <summary>No hang-up was heard; a snapshot does not list it any more.</summary>
    public bool IsPresumedGone { get; set; }

    /// <summary>One snapshot did not list it.</summary>
    public bool IsDoubtful { get; set; }

    /// <summary>The leg whose side asked for this one to be rung; null when the PBX did of its own.</summary>
    public Leg? DialledBy { get; set; }

    /// <summary>Of two halves of a Local channel the other one.</summary>
    public Leg? Twin { get; set; }

    /// <summary>The leg that answered the dialling of this one.</summary>
    public Leg? Reached { get; set; }

    /// <summary>The PBX itself dialled it, to connect it with somebody afterwards (click to call).</summary>
    public bool IsOriginated { get; set; }

    /// <summary>The queue in which it waits.</summary>
    public string? Queue { get; set; }

    public bool HasAbandoned { get; set; }

    /// <summary>Its telephone hung up, or refused.</summary>
    public bool HasHungUp { get; set; }

    public int Cause { get; set; }

    public int TechCause { get; set; }

    public bool IsHolding { get; set; }

    /// <summary>When the first digit was keyed since the last hold: that is when a transfer by code was asked for.</summary>
    public DateTimeOffset? KeyedAt { get; set; }

    public bool HasPassedOn { get; set; }

    /// <summary>The ringing of this telephone, once somebody is called on it.</summary>
    public Ringing? Ringing { get; set; }

    /// <summary>The telephone at the far end of a Local channel, once it answered.</summary>
    public Leg? Telephone
    {
        get
        {
            var leg = this;
            for (var depth = 0; depth < 8 && leg is { Kind: LegKind.Local }; depth++) leg = leg.Twin?.Reached;
            return leg is { IsTelephone: true } ? leg : null;
        }
    }

    /// <summary>Who dialled, seen through all Local channels.</summary>
    public Leg? Dialler
    {
        get
        {
            var leg = DialledBy;
            for (var depth = 0; depth < 8 && leg is { Kind: LegKind.Local, Twin.DialledBy: not null, Queue: null }; depth++) leg = leg.Twin.DialledBy;
            return leg;
        }
    }
}

/// <summary>An attempt in the making. It stays with the call in which it began, wherever its leg goes.</summary>
sealed class Ringing(Conversation call, string who, LegRole role)
{
    public Conversation Call => call;

    public string Who => who;

    public LegRole Role => role;

    public bool IsTold { get; set; }

    /// <summary>The telephone was picked up; in a queue the caller may still hear music.</summary>
    public bool IsPickedUp { get; set; }

    public bool IsAnswered { get; set; }

    /// <summary>The answer came while we were not listening.</summary>
    public bool IsAnswerEstimated { get; set; }

    public bool IsOver { get; set; }
}

/// <summary>One call in the making: what Asterisk ties together by a Linkedid.</summary>
sealed class Conversation(CallKey key, DateTimeOffset startedAt)
{
    public CallKey Key => key;

    public DateTimeOffset StartedAt { get; set; } = startedAt;

    /// <summary>The leg that began it; null when it began before we listened.</summary>
    public Leg? Root { get; set; }

    /// <summary>How many known legs belong to it, and how many of them are telephones that have not hung up.</summary>
    public int Members { get; set; }

    public int Alive { get; set; }

    /// <summary>It is a call of people; codes and parking slots are not.</summary>
    public bool IsTold { get; set; }

    public bool IsOver { get; set; }

    /// <summary>Told as lost; a hang-up that is heard after all still counts.</summary>
    public bool IsLost { get; set; }

    /// <summary>The snapshot's channel list did not say which number was dialled.</summary>
    public bool WantsNumber { get; set; }

    public Direction Direction { get; set; }

    /// <summary>The agent's telephone that click to call rang first.</summary>
    public Leg? Placer { get; set; }

    /// <summary>Click to call has rung the agent; whom he wants to talk to is not known yet.</summary>
    public bool AwaitsTarget { get; set; }

    /// <summary>The number asked for with click to call, as typed.</summary>
    public string? Dialled { get; set; }

    public bool IsAnswered { get; set; }

    /// <summary>Who began it has passed the other side on, so that his hang-up is not the end.</summary>
    public bool IsHandedOver { get; set; }

    /// <summary>Telephones that are being called now.</summary>
    public int Open { get; set; }

    public bool HasDialled { get; set; }

    public bool HasQueued { get; set; }

    public bool CallerGaveUp { get; set; }

    public bool IsCutByStop { get; set; }

    public QueueExit? LastExit { get; set; }

    public AttemptResult? LastResult { get; set; }

    public bool SomebodyDidNotAnswer { get; set; }

    public bool SomebodyWasBusy { get; set; }

    /// <summary>A telephone was picked up, so that the others stop because of it.</summary>
    public Leg? PickedUpBy { get; set; }

    /// <summary>Legs that keep the other side on hold.</summary>
    public int Holders { get; set; }

    /// <summary>Whom a leg that holds has asked the PBX to call.</summary>
    public string? AskedFor { get; set; }

}
