using System.Collections.Concurrent;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>Who wants to call whom.</summary>
/// <param name="Connection">Over which phone system.</param>
/// <param name="Extension">The operator's own there, which rings first. Whose it is, is for the caller to know.</param>
/// <param name="Person">For whom; what one may do in a time is counted by it.</param>
sealed record CallWish(string Connection, string Extension, string To, string Person);

/// <summary>The operator's telephone rings, or is about to.</summary>
/// <param name="Telephone">What rings.</param>
/// <param name="Call">The call's id at the phone system, where it is known at once.</param>
sealed record PlacedCall(string Connection, string Telephone, string To, string? Call);

/// <summary>
/// Tells phone systems to place calls and to end them, where an administrator allowed it. What is to be done is written down
/// before it is, and once more when it came to nothing.
/// </summary>
sealed class CallControl(Switchboard switchboard, DirectLines lines, CloudDoor cloud, AccessTokens tokens, PublicAddress address, AuditLog audit, TimeProvider clock)
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    const int RememberedMax = 1000;
    const int SaidMax = 200;

    readonly ConcurrentDictionary<string, DateTimeOffset> lastOf = [];

    /// <summary>Of somebody's names on a connection the one that can be rung.</summary>
    /// <exception cref="Refusal">None can, or several can and nothing says which.</exception>
    public string Choose(string connection, IEnumerable<string> names)
    {
        var (found, provider) = Ready(connection);
        var ringable = names.Distinct(StringComparer.Ordinal).Where(name => CanBeRung(provider, name, found.Settings)).ToList();
        if (ringable.Count > 1 && ringable.FindAll(name => name.All(char.IsAsciiDigit)) is [var number]) return number;
        return ringable switch
        {
            [] => throw new Refusal(RefusalKind.Conflict, "control.no-extension", found.Name),
            [var only] => only,
            _ => throw new Refusal(RefusalKind.Invalid, "control.which-extension", string.Join(", ", ringable.Order(StringComparer.Ordinal))),
        };
    }

    /// <summary>As <see cref="Choose"/>; null where no call can be placed.</summary>
    public string? Find(string connection, IEnumerable<string> names)
    {
        try
        {
            return Choose(connection, names);
        }
        catch (Refusal)
        {
            return null;
        }
    }

    /// <summary>Rings the operator's own telephone and dials the number when it is picked up.</summary>
    /// <exception cref="Refusal">It may not be, or the phone system would not.</exception>
    public async Task<PlacedCall> Place(CallWish wish, Actor by, CancellationToken stop = default)
    {
        var (connection, provider) = Ready(wish.Connection);
        var (telephone, number) = (provider.Telephone(wish.Extension, connection.Settings), DialString.Number(wish.To));
        var order = provider.Place(new Dialling(telephone, number, address.WebhookOf(connection.Id)), connection.Settings);
        TakeTurn(wish.Person);

        var answer = await Do(connection, order, by, "call.placed", "call.not-placed", new { number = number.Text, extension = wish.Extension, wish.Person }, telephone.Text, stop);
        return new PlacedCall(connection.Id, telephone.Text, number.Text, answer.Call);
    }

    /// <summary>
    /// Tells the queues of a phone system that one of their members pauses or is back. How people stand is kept elsewhere, with times, so it is not
    /// written to the audit log once more.
    /// </summary>
    /// <returns>Null where nothing may be told.</returns>
    public Task<OrderAnswer?> TellPause(string connection, string member, bool isPaused, string reason, CancellationToken stop = default) =>
        switchboard.Find(connection) is { } found && Catalogue.All.GetValueOrDefault(found.Provider) is ICanPause provider
            ? Tell(connection, provider.Pause(member, isPaused, reason), stop) : Task.FromResult<OrderAnswer?>(null);

    /// <summary>Tells the queues of a phone system who is in them, or how. Whoever wants that writes down what was done.</summary>
    /// <returns>Null where nothing may be told.</returns>
    public async Task<OrderAnswer?> Tell(string connection, Order order, CancellationToken stop = default) =>
        switchboard.Find(connection) is { State: ConnectionState.Active } found && Control.IsOn(found.Settings) ? await lines.Do(connection, order, stop) : null;

    /// <summary>Somebody's own end of a call that lasts, as the phone system names it; null where he is not on it, or the phone system cannot be told.</summary>
    /// <param name="isHis">Whether a name of an operator, as the phone system has it, is his.</param>
    public string? EndOf(Call call, Func<string, bool> isHis)
    {
        if (call.EndedAt is not null || switchboard.Find(call.Connection) is not { State: ConnectionState.Active } connection || Catalogue.All.GetValueOrDefault(connection.Provider) is not ICanHangUp provider || !Control.IsOn(connection.Settings)) return null;
        // Who calls out is the call's first leg; who is called is the one that answered and is still there, and so is whoever was rung first to be connected.
        if (call.Direction != Direction.Inbound && provider.IsCallTheFirstLeg) return call.Operator is { } caller && isHis(caller) ? call.ProviderCallId : null;
        return call.Attempts.LastOrDefault(attempt => attempt is { Role: LegRole.Operator, AnsweredAt: not null, EndedAt: null, Leg.Length: > 0 } && isHis(attempt.Operator)) is { } end ? end.Handle ?? end.Leg : null;
    }

    /// <summary>Hangs up for somebody who is on a call.</summary>
    /// <exception cref="Refusal">He is not on it, it may not be, or the phone system would not.</exception>
    public Task HangUp(Call call, Func<string, bool> isHis, Actor by, CancellationToken stop = default) =>
        EndOf(call, isHis) is { } leg ? HangUp(call.Connection, leg, by, stop) : throw new Refusal(RefusalKind.Conflict, "control.not-on-it", call.Id);

    /// <summary>Ends a call by one of its legs, as the phone system names it.</summary>
    /// <exception cref="Refusal">It may not be, or the phone system would not.</exception>
    public async Task HangUp(string connection, string leg, Actor by, CancellationToken stop = default)
    {
        var (found, provider) = Ready(connection);
        if (provider is not ICanHangUp able) throw new Refusal(RefusalKind.Conflict, "control.cannot-hang-up", found.Name);
        var order = able.HangUp(DialString.Leg(leg), found.Settings);
        await Do(found, order, by, "call.hung-up", "call.not-hung-up", new { leg }, leg, stop);
    }

    async Task<OrderAnswer> Do(Connection connection, Order order, Actor by, string done, string failed, object detail, string what, CancellationToken stop)
    {
        var subject = $"connection:{connection.Id}";
        await audit.Note(by, done, subject, detail, stop);
        // From here on nobody who loses patience stops it: what it came to has to be known.
        var answer = order is WebOrder web ? await Send(connection, web) : await lines.Do(connection.Id, order, CancellationToken.None);
        if (answer.Fate == OrderFate.Taken) return answer;
        await audit.Note(by, failed, subject, new { why = answer.Fate, answer.Said, detail }, CancellationToken.None);
        throw WhyNot(answer, connection, what);
    }

    /// <summary>A token that was withdrawn before its time is asked for anew, once: with the old one nothing was done.</summary>
    async Task<OrderAnswer> Send(Connection connection, WebOrder order)
    {
        if (!order.Request.WantsToken) return await cloud.Send(order, CancellationToken.None);
        try
        {
            for (var isLast = false; ; isLast = true)
            {
                var token = await tokens.Of(connection, CancellationToken.None);
                var answer = await cloud.Send(order with { Request = order.Request.WithToken(token) }, CancellationToken.None);
                answer = answer with { Said = answer.Said.Replace(token, "***", StringComparison.Ordinal) };
                if (answer.Fate != OrderFate.NotPermitted || isLast) return answer;
                await tokens.Forget(connection, token, CancellationToken.None);
            }
        }
        catch (CloudFaultException e)
        {
            return new OrderAnswer(e.Fault switch
            {
                CloudFault.Setting or CloudFault.Unauthorized or CloudFault.NotPermitted => OrderFate.NotPermitted,
                CloudFault.Limited => OrderFate.TooMany,
                CloudFault.Refused => OrderFate.Refused,
                _ => OrderFate.LinkDown, // no token, so nothing was ordered
            }, e.Said);
        }
    }

    (Connection Connection, ICanCall Provider) Ready(string id)
    {
        var connection = switchboard.Find(id) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", id.Length <= SaidMax ? id : id[..SaidMax]);
        if (Catalogue.All.GetValueOrDefault(connection.Provider) is not ICanCall provider) throw new Refusal(RefusalKind.Conflict, "control.cannot", connection.Name);
        if (connection.State != ConnectionState.Active) throw new Refusal(RefusalKind.Conflict, "control.not-active", connection.Name);
        if (!Control.IsOn(connection.Settings)) throw new Refusal(RefusalKind.Conflict, "control.off", connection.Name);
        return (connection, provider);
    }

    /// <summary>One call in a while for each person: two clicks are one wish.</summary>
    void TakeTurn(string person)
    {
        var now = clock.GetUtcNow();
        if (lastOf.Count >= RememberedMax)
            foreach (var (other, last) in lastOf)
                if (now - last >= Pause) lastOf.TryRemove(KeyValuePair.Create(other, last));
        if (lastOf.TryAdd(person, now)) return;
        if (!lastOf.TryGetValue(person, out var before) || now - before < Pause || !lastOf.TryUpdate(person, now, before))
            throw new Refusal(RefusalKind.Conflict, "control.too-soon", Pause.TotalSeconds);
    }

    static bool CanBeRung(ICanCall provider, string name, Settings settings)
    {
        try
        {
            provider.Telephone(name, settings);
            return true;
        }
        catch (Refusal)
        {
            return false;
        }
    }

    static Refusal WhyNot(OrderAnswer answer, Connection connection, string what) => answer.Fate switch
    {
        OrderFate.NotPermitted => new Refusal(RefusalKind.Conflict, "control.not-permitted", connection.Name),
        OrderFate.Refused => new Refusal(RefusalKind.Conflict, "control.refused", connection.Name, answer.Said),
        OrderFate.Failed => new Refusal(RefusalKind.Conflict, "control.failed", what, answer.Said),
        OrderFate.Silent => new Refusal(RefusalKind.Unavailable, "control.silent", connection.Name),
        OrderFate.LinkDown => new Refusal(RefusalKind.Unavailable, "control.link-down", connection.Name),
        OrderFate.OtherNode => new Refusal(RefusalKind.Unavailable, "control.other-node", connection.Name),
        OrderFate.TooMany => new Refusal(RefusalKind.Unavailable, "control.too-many", connection.Name),
        _ => throw new InvalidOperationException($"No sentence for {answer.Fate}."),
    };
}
