using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>How much is known of who is on the other side of a call.</summary>
public enum CallerStanding
{
    /// <summary>It is said whose call it is: by its number, or by a person.</summary>
    Known,

    /// <summary>Several customers have that number, and a person has to say which it is.</summary>
    Several,

    /// <summary>A number that nobody has, or that of one who is not said to be it.</summary>
    Unknown,

    /// <summary>A number that is never a customer's.</summary>
    Ignored,

    /// <summary>There is no number: nobody can be recognised by it.</summary>
    Withheld,

    /// <summary>Between our own telephones.</summary>
    Internal,
}

/// <summary>Somebody who may be calling.</summary>
/// <param name="Number">The number of his that it is.</param>
/// <param name="Branch">Where the number is, if that is said.</param>
/// <param name="Contact">Whose it is there.</param>
/// <param name="LastCallAt">When he was last spoken with or called, as far as who asks may know.</param>
/// <param name="IsRemembered">He was chosen before, when this number called on this line.</param>
public sealed record Candidate(Customer Customer, CustomerNumber? Number, string? Branch, string? Contact, DateTimeOffset? LastCallAt, bool IsRemembered);

/// <summary>Who is on the other side of a call, as far as it is known.</summary>
/// <param name="Customer">Whose call it is; null while that is not said.</param>
/// <param name="Candidates">Those who have its number, the remembered one first; also when it is said whose the call is.</param>
/// <param name="EarlierCalls">Other calls of that number that are nobody's, as far as who asks sees them.</param>
public sealed record Caller(Call Call, CallerStanding Standing, Customer? Customer, IReadOnlyList<Candidate> Candidates, CallCount EarlierCalls);

/// <summary>
/// Says with whom calls are. Whoever sees a call may say it; what is said is remembered for the next call of that number on that
/// line, and written to the audit log. A call without a number is never anybody's.
/// </summary>
sealed class CallerDesk(Db db, CallLog log, CustomerBook book, CustomerErrands errands, AuditLog audit, TimeProvider clock)
{
    /// <summary>Null when there is no such call, or it is not his to see.</summary>
    /// <param name="person">Who asks, for what he chose before.</param>
    public async Task<Caller?> Look(CallScope scope, long call, string? person, CancellationToken stop = default)
    {
        if (await log.Find(scope, call, stop) is not { } found) return null;
        if (StandingWithoutNumber(found) is { } standing) return new Caller(found, standing, null, [], default);
        var key = found.CustomerSide!.MatchKey!;
        var (customer, candidates, isIgnored) = await db.Read(async tx => (
            found.CustomerId is { } id ? (await CustomerDetail.Read(tx, id))?.Customer : null,
            await Candidates(tx, found, key, person),
            await Detection.IsIgnored(tx, key)), stop);
        for (var i = 0; i < candidates.Count; i++)
            candidates[i] = candidates[i] with { LastCallAt = (await log.List(scope, new CallFilter(CustomerId: candidates[i].Customer.Id), 1, stop: stop)).Calls is [var last] ? last.StartedAt : null };
        return new Caller(
            found,
            customer is not null ? CallerStanding.Known : isIgnored ? CallerStanding.Ignored : candidates.Count > 1 ? CallerStanding.Several : CallerStanding.Unknown,
            customer, [.. candidates.OrderByDescending(one => one.IsRemembered).ThenByDescending(one => one.LastCallAt)],
            await log.CountUnmatched(scope, key, except: call, stop));
    }

    /// <summary>It is this customer's call.</summary>
    /// <param name="person">Whose choice it is, to be remembered for him.</param>
    /// <returns>The call as it is now.</returns>
    /// <exception cref="Refusal">There is no such call or customer, the call is not his to see, or it has no number.</exception>
    public Task<Call> Choose(CallScope scope, long call, long customer, string person, Actor by, CancellationToken stop = default) =>
        Fix(scope, call, person, by, async (tx, _) => (await Known(tx, customer)).Customer.Id, stop);

    /// <summary>It is this customer's call, and the number is one of his from now on.</summary>
    /// <param name="withEarlierCalls">Earlier calls of that number that are nobody's are his too, unless others have the number.</param>
    /// <exception cref="Refusal">As <see cref="Choose"/>.</exception>
    public Task<Call> Attach(CallScope scope, long call, long customer, string? label, bool withEarlierCalls, string person, Actor by, CancellationToken stop = default) =>
        Fix(scope, call, person, by, async (tx, number) => (await book.Change(tx, customer, found => found.With(CustomerNumber.Of(number, label)), by, withEarlierCalls)).Customer.Id, stop);

    /// <summary>It is the call of somebody who was not known, and the number is his.</summary>
    /// <exception cref="Refusal">As <see cref="Choose"/>, or the customer makes no sense.</exception>
    public Task<Call> CreateFor(CallScope scope, long call, Customer wanted, string? label, bool withEarlierCalls, string person, Actor by, CancellationToken stop = default) =>
        Fix(scope, call, person, by, async (tx, number) => (await book.Add(tx, CustomerDetail.New(wanted).With(CustomerNumber.Of(number, label)), by, withEarlierCalls)).Customer.Id, stop);

    /// <summary>It is nobody's call that we know, whatever its number says.</summary>
    public Task<Call> Forget(CallScope scope, long call, string person, Actor by, CancellationToken stop = default) =>
        Fix(scope, call, person, by, (_, _) => Task.FromResult<long?>(null), stop);

    static CallerStanding? StandingWithoutNumber(Call call) => call switch
    {
        { CustomerSide: null } => CallerStanding.Internal,
        { CustomerSide.MatchKey: null } => CallerStanding.Withheld,
        _ => null,
    };

    Task<Call> Fix(CallScope scope, long call, string person, Actor by, Func<Tx, PhoneNumber, Task<long>> whose, CancellationToken stop) =>
        Fix(scope, call, person, by, async (tx, number) => (long?)await whose(tx, number), stop);

    async Task<Call> Fix(CallScope scope, long call, string person, Actor by, Func<Tx, PhoneNumber, Task<long?>> whose, CancellationToken stop)
    {
        var changed = await db.Write(async tx =>
        {
            await CustomerBook.TakeTurn(tx);
            var number = await log.NumberOf(tx, scope, call) ?? throw new Refusal(RefusalKind.Conflict, "customer.withheld", call);
            var customer = await whose(tx, number);
            var (before, after) = await log.FixCustomer(tx, scope, call, customer);
            await Remember(tx, after, number.MatchKey!, person, customer);
            if (before.CustomerId != after.CustomerId) await audit.Note(tx, by, "call.customer", $"call:{after.Id}", new { before = before.CustomerId, after = after.CustomerId });
            return after;
        }, stop);
        await errands.Run(stop);
        return changed;
    }

    static async Task<CustomerDetail> Known(Tx tx, long customer) => await CustomerDetail.Read(tx, customer) ?? throw new Refusal(RefusalKind.NotFound, "customer.unknown", customer);

    Task Remember(Tx tx, Call call, string key, string person, long? customer)
    {
        var values = new { key, line = call.Line ?? "", person, customer, at = clock.GetUtcNow().ToUnixTimeMilliseconds() };
        return customer is null
            ? tx.Run("delete from number_choices where number_key = @key and line = @line and user_id = @person", values)
            : tx.Run(
                """
                insert into number_choices (number_key, line, user_id, customer_id, at) values (@key, @line, @person, @customer, @at)
                on conflict (number_key, line, user_id) do update set customer_id = excluded.customer_id, at = excluded.at
                """, values);
    }

    /// <summary>What the same person said on this line counts before what others said there, and that before what was said elsewhere.</summary>
    static async Task<List<Candidate>> Candidates(Tx tx, Call call, string key, string? person)
    {
        var found = await Detection.Candidates(tx, key, call.StartedAt);
        var details = await CustomerRows.Read(tx, [.. found.Select(one => one.Customer.Id)]);
        var chosen = await tx.Maybe<long?>(
            """
            select customer_id from number_choices where number_key = @key
            order by case when line = @line and user_id = @person then 0 when line = @line then 1 when user_id = @person then 2 else 3 end, at desc limit 1
            """, new { key, line = call.Line ?? "", person = person ?? "" });
        return [.. found.Select(one =>
        {
            var detail = details[one.Customer.Id];
            var number = detail.Numbers.FirstOrDefault(number => number.Id == one.Number);
            return new Candidate(one.Customer, number,
                detail.Branches.FirstOrDefault(branch => branch.Id == number?.Branch)?.Name, detail.Contacts.FirstOrDefault(contact => contact.Id == number?.Contact)?.Name, null, one.Customer.Id == chosen);
        })];
    }
}
