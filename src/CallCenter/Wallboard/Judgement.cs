namespace CallCenter.Wallboard;

/// <summary>How good a number is. Each comes with an icon, a word and a colour.</summary>
public enum Level
{
    Good,
    Warning,
    Critical,
}

/// <summary>The numbers on the wall.</summary>
public enum Measure
{
    Waiting,
    Service,
    Operators,
    Misses,
    Recovered,
}

/// <summary>What is said of a number: it changes when two looks in a row say the same, so that nothing flickers.</summary>
/// <param name="Shown">Null where there is nothing to judge.</param>
/// <param name="Last">What the last look said.</param>
public readonly record struct Judgement(Level? Shown, Level? Last)
{
    /// <summary>A look at the number of now. Where there was nothing to judge before, or is nothing now, there is nothing to wait for.</summary>
    public Judgement Next(Level? now) => new(Shown is null || now is null || now == Last ? now : Shown, now);
}

/// <summary>Whether a number is good.</summary>
static class Limit
{
    /// <summary>Of what there should be little of.</summary>
    public static Level Little(double value, double warning, double critical) => value >= critical ? Level.Critical : value >= warning ? Level.Warning : Level.Good;

    /// <summary>Of what there should be much of.</summary>
    public static Level Much(double value, double warning, double critical) => value < critical ? Level.Critical : value < warning ? Level.Warning : Level.Good;

    public static Level Worse(Level one, Level other) => one > other ? one : other;
}
