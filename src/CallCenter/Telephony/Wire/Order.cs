namespace CallCenter.Telephony.Wire;

/// <summary>Something that a phone system is told to do, in the words that it understands.</summary>
abstract record Order;

/// <param name="Action">Such as <c>Originate</c>.</param>
/// <param name="HasSequel">Taking it says only that it was understood; what came of it is told later, under the same id.</param>
sealed record AmiOrder(string Action, bool HasSequel, params (string Key, string Value)[] Fields) : Order;

/// <summary>The only things that a FreeSWITCH is ever told to do.</summary>
enum EslDeed
{
    Originate,
    Kill,

    /// <summary>An agent of mod_callcenter takes no calls for a while.</summary>
    SendOnBreak,

    /// <summary>He takes calls again.</summary>
    CallBack,

    /// <summary>An agent takes calls of a queue.</summary>
    AddTier,

    /// <summary>He takes none of that queue any more.</summary>
    DropTier,
}

/// <param name="Words">What follows the name of the command.</param>
sealed record EslOrder(EslDeed Deed, params string[] Words) : Order;

/// <summary>Something that is asked of a phone system in the cloud.</summary>
/// <param name="Read">What its answer means, from status and body.</param>
sealed record WebOrder(CloudRequest Request, Func<int, string, OrderAnswer> Read) : Order;

enum OrderFate
{
    /// <summary>It does it, as far as it says so far.</summary>
    Taken,

    /// <summary>Our account there lacks the right.</summary>
    NotPermitted,

    /// <summary>It will not; see what it said.</summary>
    Refused,

    /// <summary>It tried and could not: the operator's telephone is not there, or busy.</summary>
    Failed,

    /// <summary>No answer in time. It may have done it all the same.</summary>
    Silent,
    LinkDown,

    /// <summary>The line is kept by another node of this server.</summary>
    OtherNode,

    /// <summary>Too many orders are on their way there.</summary>
    TooMany,
}

/// <param name="Said">Its own words, short and in one line; empty when it had none.</param>
/// <param name="Call">The call's id there, where it tells one at once.</param>
sealed record OrderAnswer(OrderFate Fate, string Said = "", string? Call = null);
