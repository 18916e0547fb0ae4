namespace CallCenter.Importing;

/// <summary>What a column of a file is.</summary>
/// <param name="With">What the field is of, such as the system whose ids they are, or the label of numbers; empty for most.</param>
public sealed record ImportColumn<TField>(string Title, TField Field, string With = "") where TField : struct, Enum;
