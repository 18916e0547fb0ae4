using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>
/// Figures by customer, added up by the database from the calls themselves: totals kept for each of many thousand customers would cost
/// the intake more than they are worth. So there are sums and no spreads, and no durations of talk.
/// </summary>
sealed class CustomerFigures(Db db)
{
    /// <summary>Calls of a scope and a period that are looked at.</summary>
    public const int CallsMax = 2_000_000;

    const string Standing =
        """
        case when missed = 0 then '' when recovered_by is not null then 'Recovered' when self_recovered_by is not null then 'SelfRecovered'
            when coalesce(customer_key, '') = '' then 'NoNumber' else 'Open' end
        """;

    /// <summary>Milliseconds until the answer, as <see cref="Call.WaitSeconds"/>.</summary>
    const string Wait = "case when outcome = 'Completed' then answered_at - case when queued_at is not null and queued_at <= answered_at then queued_at else started_at end else 0 end";

    /// <summary>As <see cref="Tally.Sums"/>, where they can be told from columns.</summary>
    static readonly string Sums = string.Join(", ", Tally.Sums.Select(name => name switch
    {
        "calls" => "count(*)",
        "cancelled" => Count("Cancelled"),
        "no_answer" => Count("NoAnswer"),
        "busy" => Count("Busy"),
        "failed" => Count("Failed"),
        "wait_ms" => "cast(sum(wait) as bigint)",
        _ => "cast(0 as bigint)",
    }));

    /// <summary>By the customer's number; 0 for calls that are nobody's.</summary>
    /// <exception cref="Refusal">The period has more calls than are looked at.</exception>
    public Task<IReadOnlyDictionary<long, KeyFigures>> Read(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) => db.Read<IReadOnlyDictionary<long, KeyFigures>>(async tx =>
    {
        var (apart, looked) = (new Dictionary<long, Dictionary<Facet, Tally>>(), 0L);
        foreach (var rows in filter.Check().Rows)
            foreach (var search in CallSearch.PartsOf(scope, rows, CallOrder.OldestFirst, null, tx.IsPostgres))
            {
                var names = search.Values.ParameterNames.ToArray();
                var calls = search.All($"coalesce(customer_id, 0) as customer, direction, {Standing} as standing, outcome, {Wait} as wait", CallsMax + 1);
                await tx.QueryMany($"select customer, direction, standing, {Sums} from ({calls}) as found group by customer, direction, standing", names, [[.. names.Select(search.Values.Get<object?>)]], (_, row) =>
                {
                    var facet = new Facet(null, "", "", Enum.Parse<Direction>(row.Text(1)), row.Text(2) is { Length: > 0 } standing ? Enum.Parse<RecoveryStanding>(standing) : null, 0);
                    if (!apart.TryGetValue(row.Long(0), out var parts)) apart[row.Long(0)] = parts = [];
                    if (!parts.TryGetValue(facet, out var tally)) parts[facet] = tally = new();
                    tally.Add(row, 3, withSpreads: false);
                    looked += row.Long(3);
                });
                if (looked > CallsMax) throw new Refusal(RefusalKind.Invalid, "figures.too-many", CallsMax);
            }

        return apart.ToDictionary(one => one.Key, one => KeyFigures.Of(rules, one.Value));
    }, stop);

    static string Count(string outcome) => $"cast(count(case when outcome = '{outcome}' then 1 end) as bigint)";
}
