namespace CallCenter.Calls;

/// <summary>Until when a missed call should be returned. Whoever knows what the teams want to reach answers.</summary>
interface ICallBackDue
{
    /// <summary>Null when nobody has set a time for it.</summary>
    DateTimeOffset? DueOf(Call missed);
}
