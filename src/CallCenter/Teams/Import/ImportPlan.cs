namespace CallCenter.Teams.Import;

public enum ImportVerdict
{
    Added,
    Changed,

    /// <summary>All of it is so already.</summary>
    Same,
    Wrong,
}

/// <summary>What a line would make different.</summary>
/// <param name="Before">What it replaces; null when it only comes along.</param>
public readonly record struct ImportChange(ImportField Field, string? Before, string After);

/// <summary>A line and what it would do.</summary>
/// <param name="Name">Whom or what it is about.</param>
/// <param name="Why">Why it cannot be done.</param>
sealed record PlannedLine(int Number, string Name, ImportVerdict Verdict, IReadOnlyList<ImportChange> Changes, Refusal? Why = null)
{
    /// <summary>Who and what is there, before what refers to it.</summary>
    internal IReadOnlyList<Step> First { get; init; } = [];

    internal IReadOnlyList<Step> Then { get; init; } = [];

    /// <summary>The id of somebody who comes along; null for all others.</summary>
    internal string? NewPerson { get; init; }

    internal bool IsLike(PlannedLine other) => Number == other.Number && Name == other.Name && Verdict == other.Verdict && Changes.SequenceEqual(other.Changes);
}

/// <summary>What importing a file would change, as things stand. Nothing is done by it.</summary>
/// <param name="Unused">Columns that say nothing to us.</param>
sealed record ImportPlan(bool IsOfPeople, IReadOnlyList<PlannedLine> Lines, IReadOnlyList<string> Unused)
{
    public int Count(ImportVerdict verdict) => Lines.Count(line => line.Verdict == verdict);

    public bool CanBeDone => Count(ImportVerdict.Wrong) == 0 && Lines.Any(line => line.Verdict != ImportVerdict.Same);

    internal bool IsLike(ImportPlan other) => IsOfPeople == other.IsOfPeople && Lines.Count == other.Lines.Count && Lines.Zip(other.Lines).All(pair => pair.First.IsLike(pair.Second));
}
