namespace CallCenter.Telephony.Providers;

/// <summary>What has been heard of one FreeSWITCH. Read and written by <see cref="FreeSwitch"/> alone.</summary>
sealed class FreeSwitchState(string connection, Settings settings) : SwitchState(connection, settings)
{
    /// <summary>Clocks that differ less are left alone: a message that comes this late is more likely than a clock this wrong.</summary>
    static readonly TimeSpan ClockReach = TimeSpan.FromSeconds(30);

    /// <summary>Its clock moves in steps, and an event carries the beginning of its step.</summary>
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    static readonly TimeSpan ClocksAgree = TimeSpan.FromSeconds(5);

    /// <summary>What our clock shows more than that of the phone system.</summary>
    TimeSpan shift;

    TimeSpan? odd;

    /// <summary>Which run of the program this is, and on which link that was learned.</summary>
    public (string Id, int Link)? Run { get; set; }

    /// <summary>Who is in the queues, by the caller's channel, as last listed.</summary>
    public Dictionary<string, ListedMember> Members { get; } = [];

    /// <summary>The queues were listed; who is in them is being.</summary>
    public bool ListsSeats { get; set; }

    public void Hear(StreamItem item, DateTimeOffset? stamp) => Hear(stamp is { } made ? OurTime(item.At, made) : item.At, item.Link);

    /// <summary>An instant that the phone system names, by our clock.</summary>
    public DateTimeOffset OurTime(DateTimeOffset made) => made + shift;

    /// <summary>
    /// Events say when they were made, which is better than when they arrive: a phone system that is busy sends them late
    /// and several at once. Its clock may be wrong by hours, though. One odd instant is an old or a damaged message; two
    /// that agree are another clock.
    /// </summary>
    DateTimeOffset OurTime(DateTimeOffset arrived, DateTimeOffset made)
    {
        var late = arrived - made;
        if ((late - shift).Duration() > ClockReach)
        {
            var isClock = odd is { } before && (late - before).Duration() <= ClocksAgree;
            odd = late;
            if (!isClock) return arrived;
            shift = late.Duration() <= ClockReach ? TimeSpan.Zero : late;
        }

        odd = null;
        var at = made + shift + Tick;
        return at < arrived ? at : arrived;
    }

    /// <summary>A channel that was not known, and the conversation it is part of.</summary>
    public Leg Add(string id, string conversation, in ChannelTraits traits)
    {
        var (kind, number) = KindOf(traits);
        return Add(id, conversation, traits.Name, kind, number);
    }

    /// <summary>
    /// Trunk or extension, and the extension's number. <c>trunks</c> names gateways, SIP profiles or contexts by hand.
    /// Otherwise a gateway, the context of what comes in (<c>public</c>), or the profile's name (<c>external</c>) tell;
    /// a telephone that is called as a user of the directory is an extension wherever the call came from.
    /// </summary>
    (LegKind Kind, string Number) KindOf(in ChannelTraits channel)
    {
        var parts = channel.Name.Split('/', 3);
        if (parts.Length < 2) return (LegKind.Other, channel.Name);
        if (parts[0] == "loopback") return (LegKind.Local, channel.Name);

        var profile = parts.Length == 3 ? parts[1] : parts[0];
        var context = channel.WasCalled ? null : channel.Context; // who is called inherits the context of who calls
        if (channel.Gateway is { } gateway) return (LegKind.Trunk, gateway);
        if (IsNamedTrunk(profile) || IsNamedTrunk(context)) return (LegKind.Trunk, profile);

        var user = UserOf(channel.User);
        if (channel.WasCalled && user is not null) return (LegKind.Extension, ExtensionOf(user));
        if (NamesATrunk(profile) || context == "public" || NamesATrunk(context)) return (LegKind.Trunk, profile);
        var number = user ?? NumberIn(channel.Name) ?? channel.Name;
        return user is null && LooksLikeTrunk(number, context) ? (LegKind.Trunk, profile) : (LegKind.Extension, ExtensionOf(number));
    }

    bool IsNamedTrunk(string? name) => name is not null && Settings.Trunks.Contains(name);

    static string? UserOf(string? address) => address is null ? null : address.IndexOf('@') is > 0 and var at ? address[..at] : address;
}

/// <summary>What tells a trunk from an extension.</summary>
/// <param name="Name"><c>sofia/profile/number@host</c>, <c>loopback/number-a</c>, <c>verto.rtc/number</c>.</param>
/// <param name="User">Of the directory, whose telephone it is.</param>
readonly record struct ChannelTraits(string Name, bool WasCalled, string? Context, string? Gateway, string? User);

/// <summary>A caller as the call center's queue lists him.</summary>
/// <param name="Agent">Who is rung for him or talks with him, without the domain.</param>
readonly record struct ListedMember(string Session, string Queue, string? Agent, string? CallerId, DateTimeOffset? JoinedAt, DateTimeOffset? ServedAt, string State);
