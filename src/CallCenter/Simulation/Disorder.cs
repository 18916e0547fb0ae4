using static CallCenter.Telephony.Providers.SimulatedPhoneSystem;

namespace CallCenter.Simulation;

/// <summary>
/// What happens to messages on the way: most arrive within a breath, a few late and behind others, a few twice. On
/// purpose, because real ones do; the calls must come out the same.
/// </summary>
sealed class Disorder(Random chance)
{
    public const double LateShare = 0.03, TwiceShare = 0.02;

    /// <summary>The messages with the instants at which they arrive.</summary>
    public IEnumerable<(DateTimeOffset At, Message Told)> Deliver(ScriptedCall call)
    {
        foreach (var told in call.Messages)
        {
            var at = told.At!.Value + Breath();
            if (chance.NextDouble() < LateShare) at += TimeSpan.FromMilliseconds(chance.Next(500, 9000));
            yield return (at, told);
            if (chance.NextDouble() < TwiceShare) yield return (at + TimeSpan.FromMilliseconds(chance.Next(1000, 15000)), told);
        }
    }

    TimeSpan Breath() => TimeSpan.FromMilliseconds(chance.Next(20, 130));
}
