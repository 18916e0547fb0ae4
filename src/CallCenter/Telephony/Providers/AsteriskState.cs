namespace CallCenter.Telephony.Providers;

/// <summary>What has been heard of one Asterisk. Read and written by <see cref="Asterisk"/> alone.</summary>
sealed class AsteriskState(string connection, Settings settings) : SwitchState(connection, settings)
{
    const int EndpointsMax = 20_000;

    readonly Dictionary<string, Leg> halves = []; // of Local channels, by channel name
    readonly Dictionary<string, (LegKind Kind, string Number)> endpoints = [];

    public DateTimeOffset? BootedAt { get; set; }

    /// <summary>The lists of a snapshot while they arrive.</summary>
    public AsteriskSnapshot Snapshot { get; } = new();

    /// <summary>A channel that was not known, and the conversation its Linkedid names.</summary>
    public Leg Add(string uniqueid, string linkedid, string channel, string? context)
    {
        var (kind, number) = KindOf(channel, context);
        var leg = Add(uniqueid, linkedid, channel, kind, number);
        if (kind == LegKind.Local && HalfOf(channel) is { } other)
        {
            halves[channel] = leg;
            if (halves.TryGetValue(other, out var twin)) (leg.Twin, twin.Twin) = (twin, leg);
        }

        return leg;
    }

    public override void ForgetAll()
    {
        base.ForgetAll();
        halves.Clear();
    }

    protected override bool Forget(Leg leg)
    {
        if (!base.Forget(leg)) return false;
        if (leg.Kind == LegKind.Local) halves.Remove(leg.Channel);
        return true;
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

        var isTrunk = Settings.Trunks.Count > 0 ? Settings.Trunks.Contains(endpoint) : LooksLikeTrunk(endpoint, context);
        if (endpoints.Count >= EndpointsMax) endpoints.Clear();
        return endpoints[endpoint] = isTrunk ? (LegKind.Trunk, endpoint) : (LegKind.Extension, ExtensionOf(endpoint));
    }

    static string? HalfOf(string channel) => channel switch
    {
        [.., ';', '1'] => channel[..^1] + '2',
        [.., ';', '2'] => channel[..^1] + '1',
        _ => null,
    };
}
