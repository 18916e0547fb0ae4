using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>Keeps the customers and their numbers.</summary>
sealed class CustomerBook(Db db, CallLog log, AuditLog audit, TimeProvider clock)
{
    public const int NameMax = 200;

    public static async Task<Customer?> Find(Tx tx, long id) =>
        (await tx.Maybe<CustomerRow>($"select {CustomerRow.Columns} from customers where id = @id", new { id }))?.ToCustomer();

    /// <summary>A new customer, with the number of who is on the telephone if any; earlier calls of that number are given to it.</summary>
    public async Task<Customer> Add(Customer wanted, PhoneNumber? number, Actor by, CancellationToken stop = default)
    {
        var name = VisibleText.Line(wanted.Name, NameMax).Trim();
        if (name.Length == 0) throw new Refusal(RefusalKind.Invalid, "customer.name");
        var added = await db.Write(async tx =>
        {
            var id = await tx.One<long>("update counters set next = next + 1 where name = 'customers' returning next") - 1;
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            await tx.Run(
                """
                insert into customers (id, kind, name, tax_id, email, segment, owner, credit_stop, price_tier, note, created_at, changed_at)
                values (@id, @kind, @name, @TaxId, @Email, @Segment, @Owner, @stop, @PriceTier, @Note, @now, @now)
                """,
                new { id, kind = $"{wanted.Kind}", name, wanted.TaxId, wanted.Email, wanted.Segment, wanted.Owner, stop = wanted.CreditStop ? 1 : 0, wanted.PriceTier, wanted.Note, now });
            if (number is not null) await AddNumber(tx, id, number);
            await audit.Note(tx, by, "customer.added", $"customer:{id}", new { name });
            return wanted with { Id = id, Name = name };
        }, stop);
        if (number?.MatchKey is { } key) await Relink(key, added.Id, stop);
        return added;
    }

    static async Task AddNumber(Tx tx, long customer, PhoneNumber number)
    {
        if (number.MatchKey is not { } key) throw new Refusal(RefusalKind.Invalid, "customer.number", number.Raw);
        var id = await tx.One<long>("update counters set next = next + 1 where name = 'customer_parts' returning next") - 1;
        await tx.Run("insert into customer_numbers (id, customer_id, number, number_key, extension) values (@id, @customer, @E164, @key, @Extension)",
            new { id, customer, number.E164, key, number.Extension });
    }

    async Task Relink(string key, long customer, CancellationToken stop)
    {
        while (await db.Write(tx => log.Relink(tx, key, customer), stop) == CallLog.RelinkMax) stop.ThrowIfCancellationRequested();
    }
}
