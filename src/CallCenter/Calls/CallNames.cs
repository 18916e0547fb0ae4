using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls;

/// <summary>What can be asked of calls besides a time.</summary>
enum CallCondition
{
    Status,
    Recovery,
    Reason,
    Wait,
    Direction,
    Line,
    Queue,
    Operator,
    Number,
    Customer,
    Connection,
    Team,
}

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

    /// <summary>What the customer of a call is called; null where it is nobody's.</summary>
    public static string? NameOf(this IReadOnlyDictionary<long, string> names, Call call) =>
        call.CustomerId is { } id && names.TryGetValue(id, out var name) ? VisibleText.Line(name, 80) : null;

    /// <summary>The customer's name where one is known, else the other side's number.</summary>
    /// <param name="names">Of customers, by id.</param>
    public static string PartyOf(this IStringLocalizer<Words> words, Call call, IReadOnlyDictionary<long, string> names, string home) => names.NameOf(call) ?? words.Party(call, home);

    /// <summary>A fact as a sentence.</summary>
    /// <param name="all">All of the call: whose telephone a leg is, only its beginning tells.</param>
    public static string Say(this IStringLocalizer<Words> words, CallEvent happened, IReadOnlyList<CallEvent> all)
    {
        string Who(string? name) => string.IsNullOrEmpty(name) ? words["desconocido"] : Name(name);
        string Of(string leg) => Who(all.Select(other => other switch
        {
            AttemptStarted rang when rang.Leg == leg => rang.Operator,
            AttemptAnswered answered when answered.Leg == leg => answered.Operator,
            _ => null,
        }).FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? leg);
        string With(string? detail) => string.IsNullOrEmpty(detail) ? "" : $" ({Name(detail)})";

        return happened switch
        {
            CallStarted started => words["Empieza la llamada ({0}), de {1} a {2}", words.Name(started.Direction), Plain(words, started.From), Plain(words, started.To)],
            CallLinked linked => words["La centralita la llama también {0}", Name(linked.With)],
            QueueJoined joined => words["Entra en la cola {0}", Who(joined.Queue)],
            QueueLeft left => words["Sale de la cola {0}: {1}", Who(left.Queue), words.Name(left.Reason)],
            AttemptStarted { Role: LegRole.Outside } rang => words["Se llama a {0}", Who(rang.Operator)],
            AttemptStarted rang => words["Suena en {0}", Who(rang.Operator)],
            AttemptAnswered answered => words["Contesta {0}", Of(answered.Leg)],
            AttemptEnded ended => words["Termina en {0}: {1}", string.IsNullOrEmpty(ended.Operator) ? Of(ended.Leg) : Who(ended.Operator), words.Name(ended.Result)],
            HoldStarted hold => words["{0} pone la llamada en retención", Of(hold.Leg)],
            HoldEnded hold => words["{0} retoma la llamada", Of(hold.Leg)],
            Parked parked => words["Se aparca la llamada"] + With(parked.Slot),
            Retrieved back => words["Se recoge la llamada aparcada"] + With(back.Slot),
            Transferred moved => words["{0}: de {1} a {2}", words.Name(moved.Kind), Who(moved.From), Who(moved.To)],
            VoicemailLeft => words["Deja un mensaje en el buzón de voz"],
            RecordingMade made => words["Hay una grabación: {0}", VisibleText.Line(made.Reference, 120)],
            CallEnded ended => words["Termina la llamada: {0}", words.Name(ended.Cause)] + With(ended.RawCause),
            CallLost lost => words["Se da por terminada sin noticias"] + With(lost.Why),
            _ => throw new InvalidOperationException($"No sentence for {happened.GetType().Name}."),
        };
    }

    /// <summary>What a filter asks for besides a time, one by one.</summary>
    /// <param name="name">Of the customer that is asked for, as far as it is known.</param>
    public static IEnumerable<(CallCondition Condition, string What, string Asked)> Conditions(this IStringLocalizer<Words> words, CallFilter filter, IPhoneSystems phones, ITeamNames teams, string? name)
    {
        if (filter.Alive is { } alive) yield return (CallCondition.Status, words["Estado"], alive ? words["En curso"] : words["Terminada"]);
        if (filter.State is { } state) yield return (CallCondition.Status, words["Estado"], words.Name(state));
        if (filter.Outcome is { } outcome) yield return (CallCondition.Status, words["Estado"], words.Name(outcome));
        if (filter.Missed is { } missed) yield return (CallCondition.Status, words["Estado"], missed ? words["Perdida"] : words["No perdida"]);
        if (filter.Recovery is { } standing) yield return (CallCondition.Recovery, words["Recuperación"], words.Name(standing));
        if (filter.Reason is { } reason) yield return (CallCondition.Reason, words["Motivo"], words.Name(reason));
        if (filter.WaitMax is { } seconds) yield return (CallCondition.Wait, words["Espera"], words["hasta {0} s", seconds]);
        if (filter.Direction is { } direction) yield return (CallCondition.Direction, words["Sentido"], words.Name(direction));
        if (filter.Line is { } line) yield return (CallCondition.Line, words["Línea"], Line(line, filter.Country));
        if (filter.Queue is { } queue) yield return (CallCondition.Queue, words["Cola"], Name(queue));
        if (filter.Operator is { } person) yield return (CallCondition.Operator, words["Operador"], Name(person));
        if (filter.Customer is { } number) yield return (CallCondition.Number, words["Número"], Name(number));
        if (filter.CustomerId is { } customer) yield return (CallCondition.Customer, words["Cliente"], Name(name ?? words["n.º {0}", customer]));
        if (filter.Team is { } team) yield return (CallCondition.Team, words["Equipo"], team == CallFilter.NoTeam ? words["sin equipo"] : VisibleText.Line(teams.NameOf(team), 60));
        if (filter.Connection is { } connection) yield return (CallCondition.Connection, words["Integración"], phones.NameOf(connection));
    }

    /// <summary>The name of a queue, an operator, a line, as the phone system has it.</summary>
    public static string Name(string? name) => VisibleText.Line(name ?? "", 60);

    /// <summary>What is a number, as people write numbers; a name stays one, and so does an extension.</summary>
    public static string Line(string? line, string home) =>
        line is { Length: > 6 } && PhoneNumber.Parse(line, home) is { IsCallable: true } number ? Show.Phone(number, home) : Name(line);

    static string Plain(IStringLocalizer<Words> words, PhoneNumber? number) =>
        number is null or { Raw: "" } ? words["desconocido"] : VisibleText.Line(number.Raw, 40);
}
