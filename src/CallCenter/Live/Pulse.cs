using CallCenter.Calls;

namespace CallCenter.Live;

/// <summary>When the newest thing happened, in whichever call. It stands on every page of everybody, so one reading serves all of them.</summary>
sealed class Pulse(CallLog log, TimeProvider clock)
{
    /// <summary>What is shown has whole seconds.</summary>
    static readonly TimeSpan SharedFor = TimeSpan.FromMilliseconds(500);

    readonly SharedReadings<string, DateTimeOffset?> readings = new(SharedFor, clock);

    public Task<DateTimeOffset?> Read() => readings.Read("", _ => log.NewestEventAt());
}
