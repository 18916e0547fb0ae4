using CallCenter.Calls;
using CallCenter.Storage;
using Dapper;

namespace CallCenter.Quotes;

/// <summary>Which quotes are counted: those begun in a time and told to a customer.</summary>
/// <param name="Teams">Ids of the teams whose they are, <see cref="CallFilter.NoTeam"/> for none; null for whatever team.</param>
/// <param name="Line">Only those of calls on this line.</param>
/// <param name="Authors">Ids of whose they are; null for whosever.</param>
/// <param name="ByCount">The foremost brands are those that most quotes name, not those of most value.</param>
public sealed record QuoteQuestion(DateTimeOffset From, DateTimeOffset Until, IReadOnlyList<string>? Teams = null, string? Line = null, IReadOnlyList<string>? Authors = null, bool ByCount = false);

/// <summary>What became of the quotes of a time, until now (product.md C.5, the cohort). Values are without tax.</summary>
/// <param name="Ordered">Quotes of which at least something stands in an order that was not cancelled.</param>
/// <param name="OrderedValue">Of those orders.</param>
/// <param name="Brands">The foremost.</param>
/// <param name="Others">All brands that are not among them; null when there are none.</param>
/// <param name="WithoutBrand">Null when each line names one.</param>
public sealed record QuoteFigures(long Quotes, Money Value, long Ordered, Money OrderedValue, IReadOnlyList<BrandFigures> Brands, BrandFigures? Others, BrandFigures? WithoutBrand)
{
    /// <summary>Null when there were no quotes.</summary>
    public double? Conversion => Quotes == 0 ? null : (double)Ordered / Quotes;

    public double? ValueConversion => Value.Cents == 0 ? null : (double)OrderedValue.Cents / Value.Cents;
}

/// <summary>The same of one part of them.</summary>
public sealed record SaleFigures(long Quotes, Money Value, long Ordered, Money OrderedValue)
{
    public static readonly SaleFigures None = new(0, Money.Zero, 0, Money.Zero);

    public double? Conversion => Quotes == 0 ? null : (double)Ordered / Quotes;

    public static SaleFigures Sum(IEnumerable<SaleFigures> all) =>
        all.Aggregate(None, (sum, one) => new(sum.Quotes + one.Quotes, sum.Value + one.Value, sum.Ordered + one.Ordered, sum.OrderedValue + one.OrderedValue));
}

/// <summary>By what quotes are told apart.</summary>
enum SalesCut
{
    /// <summary>The key is the team's id.</summary>
    Team,

    /// <summary>The key is the person's id.</summary>
    Author,

    /// <summary>Of the call; the key is the phone system's connection and the name, with a line break between.</summary>
    Line,

    Queue,

    /// <summary>The key is the customer's number.</summary>
    Customer,

    /// <summary>By lines: a quote of two brands is in both, with the value of its lines.</summary>
    Brand,

    /// <summary>Quarters of an hour in which they were begun; see <see cref="QuoteCounter.QuarterOf"/>.</summary>
    Quarter,
}

/// <param name="Quotes">In which it is named; a quote of two brands is among those of both.</param>
/// <param name="Value">Of its lines.</param>
public sealed record BrandFigures(string Brand, long Quotes, Money Value);

/// <summary>Counts quotes. Whoever sees all calls of a team sees its quotes counted, whoever sees only own calls only his own.</summary>
sealed class QuoteCounter(Db db)
{
    public const int BrandsShown = 10;

    public Task<QuoteFigures> Count(CallScope scope, QuoteQuestion question, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (where, values) = Conditions(scope, question);
        var quoted = await tx.One<(long Quotes, long Cents)>($"select count(*), cast(coalesce(sum(q.net_cents), 0) as bigint) from quotes q where {where}", values);
        var ordered = await tx.One<(long Quotes, long Cents)>(
            $"select count(distinct q.id), cast(coalesce(sum(o.net_cents), 0) as bigint) from quotes q join orders o on o.quote_id = q.id where {where} and o.status <> 'Cancelled'", values);

        var lines = $"from quotes q join quote_lines l on l.quote_id = q.id where {where} and l.rejected = 0";
        var all = (await tx.List<(string Brand, long Quotes, long Cents)>($"select l.brand, count(distinct q.id), cast(sum(l.net_cents) as bigint) {lines} group by l.brand", values))
            .ConvertAll(row => new BrandFigures(row.Brand, row.Quotes, new(row.Cents)));
        List<BrandFigures> named =
        [
            .. all.Where(one => one.Brand.Length > 0).OrderByDescending(one => question.ByCount ? one.Quotes : one.Value.Cents).ThenByDescending(one => one.Value).ThenBy(one => one.Brand, StringComparer.Ordinal),
        ];
        var (brands, rest) = (named.Take(BrandsShown).ToList(), named.Skip(BrandsShown).ToList());
        BrandFigures? others = null;
        if (rest.Count > 0)
        {
            // Once each, also those that name two of the rest.
            for (var i = 0; i < brands.Count; i++) values.Add($"brand{i}", brands[i].Brand);
            var quotes = await tx.One<long>($"select count(distinct q.id) {lines} and l.brand <> '' and l.brand not in ({string.Join(", ", brands.Select((_, i) => $"@brand{i}"))})", values);
            others = new("", quotes, new(rest.Sum(one => one.Value.Cents)));
        }

        return new QuoteFigures(quoted.Quotes, new(quoted.Cents), ordered.Quotes, new(ordered.Cents), brands, others, all.Find(one => one.Brand.Length == 0));
    }, stop);

    /// <summary>Each part by its key, which is empty for what belongs to none.</summary>
    public Task<IReadOnlyDictionary<string, SaleFigures>> By(CallScope scope, QuoteQuestion question, SalesCut cut, CancellationToken stop = default) => db.Read<IReadOnlyDictionary<string, SaleFigures>>(async tx =>
    {
        var (where, values) = Conditions(scope, question);
        // The line break: SQL has no way to write it that both databases read alike.
        values.Add("break", "\n");
        var call = cut is SalesCut.Line or SalesCut.Queue ? "left join calls c on c.id = q.call_id" : "";
        var key = cut switch
        {
            SalesCut.Team => "q.team_id",
            SalesCut.Author => "q.author",
            SalesCut.Line => "c.connection || @break || c.line",
            SalesCut.Queue => "c.connection || @break || c.queue",
            SalesCut.Customer => "cast(q.customer_id as text)",
            SalesCut.Brand => "l.brand",
            SalesCut.Quarter => $"cast(q.created_at / {QuarterMs} as text)",
            _ => throw new InvalidOperationException($"No rule for {cut}."),
        };
        key = $"coalesce({key}, '')";
        var (lines, value) = cut == SalesCut.Brand ? ("join quote_lines l on l.quote_id = q.id and l.rejected = 0", "l.net_cents") : ("", "q.net_cents");
        var (orderLines, orderValue) = cut == SalesCut.Brand ? ("join order_lines l on l.order_id = o.id", "l.net_cents") : ("", "o.net_cents");
        async Task<Dictionary<string, (long Quotes, long Cents)>> Sum(string value, string from) =>
            (await tx.List<(string Key, long Quotes, long Cents)>($"select {key}, count(distinct q.id), cast(sum({value}) as bigint) from quotes q {call} {from} group by 1", values))
                .ToDictionary(row => row.Key, row => (row.Quotes, row.Cents));
        var quoted = await Sum(value, $"{lines} where {where}");
        var ordered = await Sum(orderValue, $"join orders o on o.quote_id = q.id {orderLines} where {where} and o.status <> 'Cancelled'");
        return quoted.Keys.Union(ordered.Keys).ToDictionary(one => one, one =>
        {
            var (of, orders) = (quoted.GetValueOrDefault(one), ordered.GetValueOrDefault(one));
            return new SaleFigures(of.Quotes, new(of.Cents), orders.Quotes, new(orders.Cents));
        });
    }, stop);

    const long QuarterMs = 15 * 60 * 1000;

    /// <summary>When a quarter of an hour began.</summary>
    public static DateTimeOffset QuarterOf(long key) => DateTimeOffset.FromUnixTimeMilliseconds(key * QuarterMs);

    static (string Where, DynamicParameters Values) Conditions(CallScope scope, QuoteQuestion question)
    {
        var values = new DynamicParameters(new { from = question.From.ToUnixTimeMilliseconds(), until = question.Until.ToUnixTimeMilliseconds() });
        string OneOf(string column, string name, IReadOnlyList<string> wanted)
        {
            for (var i = 0; i < wanted.Count; i++) values.Add($"{name}{i}", wanted[i]);
            return wanted.Count == 0 ? "1 = 0" : $"{column} in ({string.Join(", ", wanted.Select((_, i) => $"@{name}{i}"))})";
        }

        List<string> where = ["q.created_at >= @from", "q.created_at < @until", "q.status <> 'Discarded'", "(q.status <> 'Draft' or q.numbered_at is not null)"];
        if (!scope.IsEverything)
        {
            if (scope.Person is { } person) values.Add("person", person);
            where.Add($"({(scope.Person is null ? "1 = 0" : "q.author = @person")} or {OneOf("q.team_id", "seen", scope.Teams)})");
        }

        if (question.Teams is { } teams) where.Add($"({(teams.Contains(CallFilter.NoTeam) ? "q.team_id is null or " : "")}{OneOf("q.team_id", "team", [.. teams.Where(team => team != CallFilter.NoTeam)])})");
        if (question.Authors is { } authors) where.Add(OneOf("q.author", "author", authors));
        if (question.Line is { } line)
        {
            values.Add("line", line);
            where.Add("exists (select 1 from calls c where c.id = q.call_id and c.line = @line)");
        }

        return (string.Join(" and ", where), values);
    }
}
