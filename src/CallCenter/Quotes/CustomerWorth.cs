using CallCenter.Recovery;

namespace CallCenter.Quotes;

/// <summary>What is at stake with a customer who waits for a call: his open quotes (<see cref="Quote.Open"/>), less what he ordered of them, and what he usually orders for.</summary>
sealed class CustomerWorth : ICustomerWorth
{
    /// <summary>His newest orders tell what he orders for; older ones are of another time.</summary>
    const int OrdersCounted = 20;

    public string QuotesInSql { get; } =
        """
        coalesce((select sum(q.net_cents - coalesce((select sum(o.net_cents) from orders o where o.quote_id = q.id and o.status <> 'Cancelled'), 0))
        from quotes q where q.customer_id = c.customer_id and q.status in ('Sent', 'Accepted')), 0)
        """;

    public string MeanOrderInSql { get; } =
        $"""
        (select avg(newest.net_cents) from (select net_cents from orders where customer_id = c.customer_id and status <> 'Cancelled' order by created_at desc limit {OrdersCounted}) newest)
        """;

    public string SegmentInSql => "(select segment from customers where id = c.customer_id)";
}
