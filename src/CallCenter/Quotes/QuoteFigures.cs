using CallCenter.Calls;
using CallCenter.Storage;
using Dapper;

namespace CallCenter.Quotes;

/// <summary>Which quotes are counted: those begun in a time and told to a customer.</summary>
/// <param name="Team">Id of the team whose they are, <see cref="CallFilter.NoTeam"/> for none; null for whatever team.</param>
/// <param name="Line">Only those of calls on this line.</param>
/// <param name="Authors">Ids of whose they are; null for whosever.</param>
/// <param name="ByCount">The foremost brands are those that most quotes name, not those of most value.</param>
public sealed record QuoteQuestion(DateTimeOffset From, DateTimeOffset Until, string? Team = null, string? Line = null, IReadOnlyList<string>? Authors = null, bool ByCount = false);

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

        if (question.Team == CallFilter.NoTeam) where.Add("q.team_id is null");
        else if (question.Team is { } team) where.Add(OneOf("q.team_id", "team", [team]));
        if (question.Authors is { } authors) where.Add(OneOf("q.author", "author", authors));
        if (question.Line is { } line)
        {
            values.Add("line", line);
            where.Add("exists (select 1 from calls c where c.id = q.call_id and c.line = @line)");
        }

        return (string.Join(" and ", where), values);
    }
}
