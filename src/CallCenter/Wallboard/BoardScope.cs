using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Teams;

namespace CallCenter.Wallboard;

/// <summary>What a screen may show now, and in whose zone a day begins. Asked anew before every reading.</summary>
sealed record BoardScope(CallScope Calls, CaseScope Cases, TimeZoneInfo Zone)
{
    public static BoardScope Of(Rights rights, TimeZoneInfo zone) => new(rights.Calls, CaseScope.Of(rights), zone);

    public static BoardScope Of(CallScope calls, TimeZoneInfo zone) => new(calls, CaseScope.Of(calls), zone);

    /// <summary>Only a person's own calls: there is no team to choose.</summary>
    public bool IsOwn => Calls is { IsEverything: false, Teams.IsEmpty: true };
}
