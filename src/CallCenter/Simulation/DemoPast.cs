using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Quotes;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;

namespace CallCenter.Simulation;

/// <summary>What the demonstration's people did besides telephoning: when they were there, and which quotes and orders came of the calls.</summary>
sealed class DemoPast(Db db, CallLog log, ForeignSales sales, Personnel personnel, TimeProvider clock)
{
    /// <summary>Days before today of which there are quotes.</summary>
    public const int SalesDays = 31;

    const string System = "demo";
    const double QuotedShare = 0.12, OrderedShare = 0.45, RejectedShare = 0.2;

    static readonly (string Brand, string Reference, string Description, decimal Price)[] Parts =
    [
        ("Filtros Sol", "FS-101", "Filtro de aceite", 8.50m), ("Filtros Sol", "FS-220", "Filtro de habitáculo", 14.90m), ("Freno Norte", "FN 22", "Discos delanteros, par", 82.40m),
        ("Freno Norte", "FN 310", "Pastillas delanteras", 34.75m), ("Luz Clara", "LC-H7", "Lámpara H7", 6.20m), ("Amort Sur", "AS-5520", "Amortiguador trasero", 58.00m),
        ("Embragues Tajo", "ET-900", "Kit de embrague", 189.00m), ("Baterías Faro", "BF-70", "Batería 70 Ah", 96.30m), ("", "mano de obra", "Montaje, una hora", 38.00m),
    ];

    /// <summary>Once: a person who has a past already keeps his.</summary>
    public Task Attend(PartsSeller company, Connection connection, DateTimeOffset until, int days, CancellationToken stop) => db.Write(async tx =>
    {
        if (await tx.One<long>("select count(*) from presence_log where since < @until", new { until = until.AddHours(-1).ToUnixTimeMilliseconds() }) > 0) return;
        var rows = new List<object?[]>();
        foreach (var seat in company.Operators)
            if (personnel.Now.UserOf(connection.Id, seat.Extension, clock.GetUtcNow()) is { } person)
                for (var at = PartsSeller.Midnight(DateOnly.FromDateTime(PartsSeller.Local(until)).AddDays(-days)); at < until;)
                {
                    var from = at;
                    while (at < until && PartsSeller.IsAtWork(seat, at)) at += TimeSpan.FromMinutes(30);
                    if (from < at) rows.Add([person, from.ToUnixTimeMilliseconds(), (at < until ? at : until).ToUnixTimeMilliseconds(), "Available"]);
                    else at += TimeSpan.FromMinutes(30);
                }

        await tx.Insert(new Insertion("presence_log", ["user_id", "since", "until", "state"], "on conflict (user_id, since) do nothing"), rows);
    }, stop);

    /// <summary>Some of the answered calls of a day led to a quote, and some of the quotes to an order.</summary>
    /// <param name="scope">Of whom the demonstration is for.</param>
    public async Task Sell(CallScope scope, DateOnly day, DateTimeOffset now, CancellationToken stop)
    {
        var chance = new Random(day.DayNumber);
        var page = await log.List(scope, new CallFilter(PartsSeller.Midnight(day), PartsSeller.Midnight(day.AddDays(1)), Direction.Inbound, Outcome: CallOutcome.Completed), CallLog.PageMax, order: CallOrder.OldestFirst, stop: stop);
        foreach (var call in page.Calls)
        {
            if (call is not { CustomerId: { } customer, AnsweredAt: { } answered, Operator: { } extension } || chance.NextDouble() > QuotedShare) continue;
            if (answered.AddMinutes(chance.Next(1, 8)) is var at && at > now || personnel.Now.UserOf(call.Connection, extension, clock.GetUtcNow()) is not { } author) continue;
            var (became, lines) = (chance.NextDouble(), Enumerable.Range(0, chance.Next(1, 4)).Select(_ => Line(chance)).ToList());
            var id = new ExternalId(System, $"{call.Id}");
            var (quote, _) = await sales.Put(id, new QuoteWish
            {
                Customer = customer,
                Author = author,
                CreatedAt = at,
                Channel = SaleChannel.Phone,
                Status = became is > OrderedShare and < OrderedShare + RejectedShare ? QuoteStatus.Rejected : QuoteStatus.Sent,
                Reason = became is > OrderedShare and < OrderedShare + RejectedShare ? (RejectReason)chance.Next(5) : null,
                Lines = lines,
            }, Actor.Server, stop);
            if (became < OrderedShare && at.AddHours(chance.Next(1, 30)) is var ordered && ordered < now)
                await sales.Put(id, new OrderWish { Quote = quote.Id, Author = author, CreatedAt = ordered, Lines = lines }, Actor.Server, stop);
        }
    }

    static WishedLine Line(Random chance)
    {
        var (brand, reference, description, price) = Parts[chance.Next(Parts.Length)];
        return new WishedLine(brand, reference, description, chance.Next(1, 5), price, chance.Next(4) == 0 ? 10 : 0, 21);
    }
}
