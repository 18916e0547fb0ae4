using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>What a call log says, told so that it gives way to whatever messages told of the same call.</summary>
/// <remarks>For phone systems whose records are read in the words in which their messages are.</remarks>
static class Logged
{
    public static Translation GivingWay(this Translation told) => told with { Events = [.. told.Events.Select(GivingWay)] };

    /// <summary>
    /// A record is of something that is over, so its end is no presumption; of the ends of several legs the last says when. Other
    /// keys of the call are no guess and stay as they are.
    /// </summary>
    public static CallEvent GivingWay(CallEvent happened) => happened switch
    {
        CallLinked => happened,
        CallStarted started => started with { Leg = null, Coarse = true, ToldAs = $"log:{happened.Identity}" },
        CallEnded ended => ended with { Leg = null, Presumed = false, Coarse = true, ToldAs = $"log:{happened.Identity}" },
        _ => happened with { Coarse = true, ToldAs = $"log:{happened.Identity}" },
    };
}
