using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>One call in the making: the channels that the phone system ties together.</summary>
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

    /// <summary>Has passed the other side on; where to shows what comes next.</summary>
    public Leg? PassedOnBy { get; set; }
}
