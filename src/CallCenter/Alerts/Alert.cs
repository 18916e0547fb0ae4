using System.Text.Json;

namespace CallCenter.Alerts;

/// <summary>Something is the matter that people should know of now.</summary>
/// <param name="Kind">Which <see cref="AlertKind"/>.</param>
/// <param name="Subject">With what: <c>connection:</c>, <c>team:</c> or <c>call:</c> and an id; empty for all that no team claims.</param>
/// <param name="Team">Id of the team it concerns; null when it concerns everybody.</param>
/// <param name="At">Since when it is to be known.</param>
/// <param name="Detail">Names and figures, no sentences: what <see cref="AlertKind.Says"/> lists, and whatever else a program may want.</param>
/// <param name="Episode">Which time it is. Null: the same one for as long as its source goes on telling it.</param>
public sealed record Alert(string Kind, string Subject, string? Team, DateTimeOffset At, IReadOnlyDictionary<string, object?> Detail, string? Episode = null);

/// <summary>An alert as it is kept.</summary>
/// <param name="EndedAt">When it was over; null while it goes on.</param>
/// <param name="AcknowledgedBy">The name of who took note of it for everybody.</param>
public sealed record KeptAlert(
    long Id, string Kind, string Subject, string Episode, string? Team, DateTimeOffset At, JsonElement Detail, DateTimeOffset? EndedAt, DateTimeOffset? AcknowledgedAt, string? AcknowledgedBy);

/// <summary>A kind of alert. Its name is also the type that webhooks carry, so it never changes; its sentence is <c>Alert.</c> and the name.</summary>
/// <param name="Numbers">What can be set.</param>
/// <param name="Says">What of the detail its sentence names, in its order, after the name of the subject.</param>
public sealed record AlertKind(string Name, IReadOnlyList<RuleNumber> Numbers, IReadOnlyList<string> Says);

/// <summary>A whole number that somebody can set; on screen it is called <c>AlertNumber.</c> and the name.</summary>
public sealed record RuleNumber(string Name, int Default, int Min, int Max);

/// <summary>When alerts of a kind are raised, and who is written to.</summary>
/// <param name="Recipients">Mail addresses.</param>
public sealed record AlertRule(AlertKind Kind, IReadOnlyDictionary<string, int> Settings, IReadOnlyList<string> Recipients, bool IsActive)
{
    public int this[string number] => Settings[number];

    public static AlertRule Default(AlertKind kind) => new(kind, kind.Numbers.ToDictionary(number => number.Name, number => number.Default), [], true);
}
