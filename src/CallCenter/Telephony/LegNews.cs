using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>
/// One leg of a call, for platforms that speak of legs and know neither calls nor people: what its two ends say.
/// </summary>
/// <remarks>
/// A leg that comes in is a caller's, or that of one of the company's people who dials. One that goes out rings somebody: a
/// person of the company, or a customer; of the latter nobody knows whether the call began with him, so it says so coarsely
/// and gives way to a leg that came in.
/// </remarks>
/// <param name="from">A number, <c>sip:…</c> or <c>client:…</c>; empty when it is not told.</param>
/// <param name="rings">Whose telephone it is known to ring, whatever its address.</param>
sealed class LegNews(CallKey call, string id, DateTimeOffset at, string? from, string? to, Settings settings, string? rings = null)
{
    readonly string? fromPerson = settings.PersonAt(from), toPerson = rings ?? settings.PersonAt(to);

    PhoneNumber? From => fromPerson is not null ? PhoneNumber.Internal(fromPerson) : from is null ? null : settings.Number(from);

    PhoneNumber? To => toPerson is not null ? PhoneNumber.Internal(toPerson) : to is null ? null : settings.Number(to);

    /// <summary>Whom it rings.</summary>
    string Whom => toPerson ?? To?.E164 ?? To?.Raw ?? "";

    LegRole Role => toPerson is null ? LegRole.Outside : LegRole.Operator;

    public CallStarted CameIn()
    {
        var started = (fromPerson, toPerson) switch
        {
            (null, _) => new CallStarted(call, at, Direction.Inbound, From, To, LineOf(To)),
            (not null, null) => new CallStarted(call, at, Direction.Outbound, From, To, Operator: fromPerson),
            (not null, not null) => new CallStarted(call, at, Direction.Internal, From, To, Operator: fromPerson),
        };
        return started with { Leg = id, ToldAs = $"in:{id}" };
    }

    public CallStarted WentOut() => (toPerson is null
        ? new CallStarted(call, at, Direction.Outbound, From, To, LineOf(From), fromPerson)
        : new CallStarted(call, at, Direction.Unknown, null, null, Operator: toPerson)) with
    { Leg = id, Coarse = true, ToldAs = $"out:{id}" };

    public AttemptStarted Rings() => new(call, at, id, Whom, Role);

    public AttemptAnswered Answers() => new(call, at, id, Whom, Role);

    /// <summary>Its telephone rings no more, or the person on it is gone.</summary>
    public AttemptEnded Stops(AttemptResult result) => new(call, at, id, result, Whom, Role);

    /// <summary>It is over; so is the call if it hangs on it.</summary>
    public CallEnded Ends(EndCause cause, string rawCause) => new(call, at, cause, rawCause) { Leg = id };

    /// <summary>Where numbers are written without a plus: digits are one in full.</summary>
    public static string? InFull(string? text) => text is { Length: > 6 } && text.All(char.IsAsciiDigit) ? "+" + text : text;

    static string? LineOf(PhoneNumber? number) => number?.Kind is NumberKind.Withheld or NumberKind.Internal ? null : number?.E164 ?? number?.Raw;
}
