using CallCenter.Recovery;

namespace CallCenter.Quotes;

/// <summary>What is at stake with a customer who waits for a call: his open quotes (<see cref="Quote.Open"/>), less what he ordered of them.</summary>
sealed class OpenQuotes : IOpenQuotes
{
    public string CentsInSql { get; } =
        """
        coalesce((select sum(q.net_cents - coalesce((select sum(o.net_cents) from orders o where o.quote_id = q.id and o.status <> 'Cancelled'), 0))
        from quotes q where q.customer_id = c.customer_id and q.status in ('Sent', 'Accepted')), 0)
        """;
}
