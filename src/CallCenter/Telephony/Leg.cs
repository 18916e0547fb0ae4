using CallCenter.Calls;

namespace CallCenter.Telephony;

enum LegKind
{
    Extension,
    Trunk,

    /// <summary>Half of a pair of channels that the phone system puts between two parts of a call; no telephone.</summary>
    Local,
    Other,
}

/// <summary>One channel. Known by its own id, because it may go over to another conversation.</summary>
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

    /// <summary>Of two halves of a pair of channels the other one.</summary>
    public Leg? Twin { get; set; }

    /// <summary>Whom it talks with, or last talked with.</summary>
    public Leg? Peer { get; set; }

    /// <summary>How often it had been sent elsewhere when last seen; null when that is not known.</summary>
    public int? Reroutes { get; set; }

    /// <summary>The parking place in which it waits.</summary>
    public string? Slot { get; set; }

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

    /// <summary>The telephone at the far end of such a pair, once it answered.</summary>
    public Leg? Telephone
    {
        get
        {
            var leg = this;
            for (var depth = 0; depth < 8 && leg is { Kind: LegKind.Local }; depth++) leg = leg.Twin?.Reached;
            return leg is { IsTelephone: true } ? leg : null;
        }
    }

    /// <summary>Who dialled, seen through all such pairs.</summary>
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
