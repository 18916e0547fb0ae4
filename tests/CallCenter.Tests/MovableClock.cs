namespace CallCenter.Tests;

/// <summary>The machine's clock, put forward by the test. Waits take as long as they take.</summary>
sealed class MovableClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
