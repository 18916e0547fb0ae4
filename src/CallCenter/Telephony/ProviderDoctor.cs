using System.Collections.Concurrent;
using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>Something a phone system can say of calls and may not have been asked for.</summary>
public enum Telling
{
    /// <summary>That a telephone rings, when it does.</summary>
    Ringing,

    /// <summary>That somebody picked up, when he does.</summary>
    Answered,

    /// <summary>That a call is over.</summary>
    Ended,
    Queues,

    /// <summary>Whose telephone it was.</summary>
    Operators,
    Holds,
    Recordings,
}

/// <summary>What was found out about what a phone system leaves out.</summary>
/// <param name="Calls">So many of the newest were looked at; less than <see cref="ProviderDoctor.CallsMin"/> are too few to say anything.</param>
/// <param name="Lacking">What it could say and said of none of them.</param>
public sealed record Checkup(int Calls, IReadOnlyList<Telling> Lacking);

/// <summary>
/// Finds out what a phone system could say and does not, from the calls that it told: it has to be switched on there. Looks at
/// the newest calls only, a handful at a time until nothing is missing, and not again for a while.
/// </summary>
sealed class ProviderDoctor(Switchboard switchboard, CallLog log, TimeProvider clock)
{
    /// <summary>Of fewer calls nothing is said: it may be chance.</summary>
    public const int CallsMin = 50;

    public const int CallsMax = 200;

    public static readonly TimeSpan Recent = TimeSpan.FromDays(14);

    const int CallsAtOnce = 25;

    static readonly TimeSpan HoldsFor = TimeSpan.FromMinutes(5);

    readonly ConcurrentDictionary<string, (DateTimeOffset At, Checkup Found)> known = [];

    /// <summary>What a kind of phone system can say when everything is switched on there.</summary>
    public static IEnumerable<Telling> CanSay(IProvider provider) => Enum.GetValues<Telling>().Where(telling => provider.Info.Tells.HasFlag(telling switch
    {
        Telling.Ringing => Tells.Ringing,
        Telling.Answered or Telling.Ended => Tells.Progress,
        Telling.Queues => Tells.Queues,
        Telling.Operators => Tells.Operators,
        Telling.Holds => Tells.Holds,
        Telling.Recordings => Tells.Recordings,
        _ => throw new InvalidOperationException($"No rule for {telling}."),
    }));

    /// <summary>Whether a fact says such a thing. What is estimated afterwards does not say when it was.</summary>
    public static bool Says(CallEvent told, Telling telling) => telling switch
    {
        Telling.Ringing => told is AttemptStarted { Coarse: false },
        Telling.Answered => told is AttemptAnswered { Coarse: false },
        Telling.Ended => told is CallEnded { Coarse: false },
        Telling.Queues => told is QueueJoined,
        Telling.Operators => told is AttemptStarted { Operator.Length: > 0, Role: not LegRole.Outside } or AttemptAnswered { Operator.Length: > 0, Role: not LegRole.Outside }
            or AttemptEnded { Operator.Length: > 0, Role: not LegRole.Outside } or CallStarted { Operator.Length: > 0 },
        Telling.Holds => told is HoldStarted,
        Telling.Recordings => told is RecordingMade,
        _ => throw new InvalidOperationException($"No rule for {telling}."),
    };

    /// <exception cref="Refusal">There is no such connection.</exception>
    public async Task<Checkup> Examine(string connection, CancellationToken stop = default)
    {
        var found = switchboard.Find(connection) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", connection);
        var now = clock.GetUtcNow();
        if (known.TryGetValue(connection, out var before) && now - before.At < HoldsFor) return before.Found;
        var checkup = await Examine(found, now, stop);
        if (checkup.Calls >= CallsMin) known[connection] = (now, checkup); // until then it costs next to nothing
        return checkup;
    }

    async Task<Checkup> Examine(Connection connection, DateTimeOffset now, CancellationToken stop)
    {
        if (Catalogue.All.GetValueOrDefault(connection.Provider) is not { } provider) return new(0, []);
        var calls = (await log.List(CallScope.Machine, new CallFilter(From: now - Recent, Connection: connection.Id, Alive: false), CallsMax, stop: stop)).Calls;
        if (calls.Count < CallsMin) return new(calls.Count, []);
        var missing = CanSay(provider).ToList();
        foreach (var some in calls.Chunk(CallsAtOnce))
        {
            if (missing.Count == 0) break;
            var told = (await log.EventsOf(CallScope.Machine, [.. some.Select(call => new CallKey(call.Connection, call.ProviderCallId))], stop)).Values.SelectMany(events => events).ToList();
            missing.RemoveAll(telling => told.Exists(happened => Says(happened, telling)));
        }

        return new(calls.Count, missing);
    }
}
