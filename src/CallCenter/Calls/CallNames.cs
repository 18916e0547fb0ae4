using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls;

/// <summary>What things of a call are called in the reader's language, and the sign that goes with them (product.md E.0).</summary>
static class CallNames
{
    public static string Name<T>(this IStringLocalizer<Words> words, T value) where T : struct, Enum => words[$"{typeof(T).Name}.{value}"];

    /// <summary>What a call has come to, in a word or two.</summary>
    public static string StateOf(this IStringLocalizer<Words> words, Call call) => call switch
    {
        { Standing: (RecoveryStanding.Recovered or RecoveryStanding.SelfRecovered) and var standing } => words.Name(standing),
        { Outcome: { } outcome } => words.Name(outcome),
        _ => words.Name(call.State),
    };

    /// <summary>Icon and colour of the state.</summary>
    public static string MarkOf(Call call) => call switch
    {
        { Standing: RecoveryStanding.Recovered } => "recovered",
        { Standing: RecoveryStanding.SelfRecovered } => "self-recovered",
        { Outcome: { } outcome } => MarkOf(outcome),
        _ => MarkOf(call.State),
    };

    public static string MarkOf(CallState state) => state switch
    {
        CallState.Queued => "queued",
        CallState.Ringing => "ringing",
        CallState.Answered => "answered",
        CallState.OnHold => "held",
        _ => throw new InvalidOperationException($"No mark for {state}."),
    };

    public static string MarkOf(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Completed => "completed",
        CallOutcome.Cancelled => "cancelled",
        CallOutcome.NoAnswer => "missed",
        CallOutcome.Busy => "busy",
        CallOutcome.Failed => "failed",
        _ => throw new InvalidOperationException($"No mark for {outcome}."),
    };

    public static string MarkOf(Direction direction) => direction switch
    {
        Direction.Inbound => "inbound",
        Direction.Outbound => "outbound",
        Direction.Internal => "internal",
        Direction.Unknown => "question",
        _ => throw new InvalidOperationException($"No mark for {direction}."),
    };

    /// <summary>The other side as people read it: its number as written at home, or why there is none.</summary>
    public static string Party(this IStringLocalizer<Words> words, Call call, string home) => call.CustomerSide switch
    {
        null => $"{Plain(words, call.From)} → {Plain(words, call.To)}",
        { Kind: NumberKind.Withheld } => words["Número oculto"],
        var number => VisibleText.Line(Show.Phone(number, home), 40),
    };

    /// <summary>What a filter asks for besides a time, one by one.</summary>
    public static IEnumerable<(string What, string Asked)> Conditions(this IStringLocalizer<Words> words, CallFilter filter, IPhoneSystems phones)
    {
        if (filter.Alive is { } alive) yield return (words["Estado"], alive ? words["En curso"] : words["Terminada"]);
        if (filter.State is { } state) yield return (words["Estado"], words.Name(state));
        if (filter.Outcome is { } outcome) yield return (words["Estado"], words.Name(outcome));
        if (filter.Missed is { } missed) yield return (words["Estado"], missed ? words["Perdida"] : words["No perdida"]);
        if (filter.Recovery is { } standing) yield return (words["Recuperación"], words.Name(standing));
        if (filter.Direction is { } direction) yield return (words["Sentido"], words.Name(direction));
        if (filter.Line is { } line) yield return (words["Línea"], VisibleText.Line(line, 60));
        if (filter.Queue is { } queue) yield return (words["Cola"], VisibleText.Line(queue, 60));
        if (filter.Operator is { } person) yield return (words["Operador"], VisibleText.Line(person, 60));
        if (filter.Customer is { } customer) yield return (words["Número"], VisibleText.Line(customer, 60));
        if (filter.Connection is { } connection) yield return (words["Integración"], phones.NameOf(connection));
    }

    static string Plain(IStringLocalizer<Words> words, PhoneNumber? number) =>
        number is null or { Raw: "" } ? words["desconocido"] : VisibleText.Line(number.Raw, 40);
}
