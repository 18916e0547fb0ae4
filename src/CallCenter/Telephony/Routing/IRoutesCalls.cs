using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Routing;

/// <summary>
/// A phone system that asks what to do with a call, and does as it is told. Pure, as all that providers do: it understands what
/// is asked and says a step in its own words; which step it is, an <see cref="ICallRouter"/> decides.
/// </summary>
interface IRoutesCalls : IWebhookProvider
{
    /// <summary>So many telephones ring at once for one call.</summary>
    int TelephonesMax { get; }

    /// <summary>The settings without which it cannot be told what to do.</summary>
    IReadOnlyList<string> RoutingNeeds => [];

    /// <summary>What is asked; null when it only tells something, or when what was told is at its end. May throw as <see cref="IWebhookProvider.Translate"/>.</summary>
    RoutingQuestion? QuestionIn(Arrival arrival, Settings settings);

    /// <summary>What has to be rung for somebody whom the phone system calls by that name.</summary>
    /// <exception cref="Refusal">It is nothing that can be rung.</exception>
    DialString Telephone(string name, Settings settings);

    /// <exception cref="Refusal">A setting that is needed for it cannot be used.</exception>
    RoutingAnswer Say(RoutingStep step, RoutingQuestion question, Settings settings);

    /// <summary>What comes next of a step that is told in several commands, each after the one before is done; null when there is none.</summary>
    /// <exception cref="Refusal">A setting that is needed for it cannot be used.</exception>
    RoutingAnswer? Continue(Arrival arrival, Settings settings) => null;
}

/// <summary>What is to become of a call now.</summary>
/// <param name="Line">The number of the company's that was called, as calls name it; null where it is not told again.</param>
/// <param name="Thread">What we gave it to bring back; empty of a call that has just come in.</param>
/// <param name="Address">Ours, to which it brings that back.</param>
/// <param name="Leg">The caller's, where commands are given to one.</param>
sealed record RoutingQuestion(CallKey Call, string? Line, string Thread, string Address, string Leg = "")
{
    /// <summary>In the query of our address.</summary>
    public const string Mark = "route";

    /// <summary>Ours, with the thread.</summary>
    public string AddressFor(string thread) => $"{Address}?{Mark}={Uri.EscapeDataString(thread)}";

    /// <summary>Ours without what it was given to bring back.</summary>
    public static string Plain(string url) => url.Split('?')[0];

    public static string ThreadIn(string url) => Form.OfQuery(url)[Mark];
}

/// <summary>A sentence that a machine reads to the caller.</summary>
/// <param name="Language">As <c>es-ES</c>.</param>
sealed record Spoken(string Text, string Language);

/// <summary>One thing to do with a call.</summary>
/// <param name="First">Said to the caller before.</param>
abstract record RoutingStep(Spoken? First);

/// <summary>Telephones ring, all at once; whoever picks up has the caller.</summary>
/// <param name="Thread">To be brought back when nobody did.</param>
sealed record RingStep(Spoken? First, IReadOnlyList<DialString> Telephones, int Seconds, string Thread) : RoutingStep(First);

/// <summary>The caller waits: for the length of the music, or so many seconds where there is none.</summary>
/// <param name="Thread">To be brought back afterwards.</param>
sealed record WaitStep(Spoken? First, Uri? Music, int Seconds, string Thread) : RoutingStep(First);

/// <summary>The caller leaves a message, if he wants.</summary>
sealed record MessageStep(Spoken? First, int SecondsMax) : RoutingStep(First);

/// <summary>That is all.</summary>
sealed record HangUpStep(Spoken? First) : RoutingStep(First);

/// <param name="Reply">The answer to the request; null where it is answered as ever.</param>
/// <param name="Orders">What it has to be told besides: the first, and each further one only if it would not do the one before.</param>
sealed record RoutingAnswer(WebhookReply? Reply, params IReadOnlyList<WebOrder> Orders);

/// <param name="Events">What follows from it for the call, such as that the caller waits now.</param>
sealed record RoutingDecision(RoutingAnswer Answer, IReadOnlyList<CallEvent> Events);

/// <summary>Decides what becomes of calls. The slice that knows teams implements it.</summary>
interface ICallRouter
{
    /// <summary>Takes some seconds at most. Null where the call is none of ours to route: the phone system's own way holds.</summary>
    Task<RoutingDecision?> Decide(Connection connection, IRoutesCalls provider, RoutingQuestion question);
}
