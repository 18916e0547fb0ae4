using CallCenter.Calls;
using static CallCenter.Telephony.Providers.SimulatedPhoneSystem;

namespace CallCenter.Simulation;

/// <summary>One call's whole life, written down before it happens, in the order in which it happens.</summary>
/// <param name="Customer">Who is on the other side; null among colleagues.</param>
/// <param name="Number">The customer's telephone in E.164; null when withheld.</param>
sealed record ScriptedCall(string Id, IReadOnlyList<Message> Messages, Intention Intended, Customer? Customer, string? Number)
{
    public DateTimeOffset StartsAt => Messages[0].At!.Value;

    public DateTimeOffset EndsAt => Messages[^1].At!.Value;
}

/// <summary>What the script means the call to be, said apart from its messages so that a test can compare.</summary>
/// <param name="Scenario">What kind of call this is, for counting them.</param>
sealed record Intention(
    string Scenario, Direction Direction, CallOutcome Outcome, MissedReason? MissedReason, string? Operator, string? Queue, double WaitSeconds,
    IReadOnlyList<TransferKind> Transfers, int Holds, bool Voicemail);
