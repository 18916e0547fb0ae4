namespace CallCenter.Tests;

/// <summary>Stands until the test puts it forward.</summary>
sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
