using System.ComponentModel;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Parts;

/// <summary>The parts catalogue for programs: search, one, put one, and many prices and stocks at once.</summary>
static class PartApi
{
    const int LimitDefault = 20;
    const int BodyMax = 64 * 1024;
    const int LinesBodyMax = 1024 * 1024;

    public static void MapPartApi(this IEndpointRouteBuilder app)
    {
        var parts = app.MapGroup("/api/parts").WithTags("Parts").ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        var read = parts.MapGroup("").RequireAuthorization(ApiScope.PartsRead);
        read.MapGet("", Search).WithName("searchParts").WithSummary("Searches parts, the best first: by reference, what begins so, cross-reference, words")
            .WithDescription("Dots, dashes, spaces, accents and capitals make no difference, and the last word may be half. Without `text` the first parts by reference.")
            .Produces<PartListAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        read.MapGet("{id}", One).WithName("getPart").WithSummary("One part").Produces<PartAnswer>().ProducesProblem(StatusCodes.Status404NotFound);

        var write = parts.MapGroup("").RequireAuthorization(ApiScope.PartsWrite).ProducesProblem(StatusCodes.Status400BadRequest);
        write.MapPut("", Put).WithMetadata(new RequestSizeLimitAttribute(BodyMax)).WithName("putPart").WithSummary("Adds a part, or changes the one of its brand and reference")
            .WithDescription("What is left out stays as it is. Stock is as of now.").Produces<PartAnswer>();
        write.MapPost("updates", Update).WithMetadata(new RequestSizeLimitAttribute(LinesBodyMax)).WithName("updateParts").WithSummary("Changes prices, stock and the rest of many parts that there are")
            .WithDescription($"Up to {PartCatalogue.LinesMax} lines in one transaction. A line that cannot be followed is refused by itself, and told with its place in the list, from 0 on.").Produces<PartUpdatesAnswer>();
    }

    static async Task<IResult> Search([AsParameters] PartSearchQuery query, HttpContext http, PartCatalogue catalogue)
    {
        CallApi.MustKnow(http.Request.Query, PartSearchQuery.Names);
        var found = await catalogue.Search(query.Text ?? "", CallConditions.LimitOf(query.Limit, LimitDefault, PartCatalogue.FoundMax), CallConditions.YesNo("inactive", query.Inactive) == true, http.RequestAborted);
        return Results.Json(new PartListAnswer([.. found.Select(one => new FoundPartAnswer(one))]), CallJson.Options);
    }

    static async Task<IResult> One([Description("The part's `id`")] string id, HttpContext http, PartCatalogue catalogue) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await catalogue.Find(number, http.RequestAborted) is { } found
            ? Results.Json(new PartAnswer(found), CallJson.Options)
            : throw new Refusal(RefusalKind.NotFound, "part.unknown", id);

    static async Task<IResult> Put([FromBody] PartWish body, HttpContext http, PartCatalogue catalogue, ApiCallers callers, TimeProvider clock)
    {
        var (line, now) = (body.ToLine(), clock.GetUtcNow());
        return Results.Json(new PartAnswer(await catalogue.Put(line.Brand, line.Reference, before => line.On(before, now), callers.ActorOf(http.User), http.RequestAborted)), CallJson.Options);
    }

    static async Task<IResult> Update([FromBody] PartUpdates body, HttpContext http, PartCatalogue catalogue, ApiCallers callers)
    {
        // A line whose amounts make no sense stands or falls by itself, like the others.
        var lines = (body.Lines ?? []).Select(wish =>
        {
            try
            {
                return (Line: wish.ToLine(), Refused: null);
            }
            catch (Refusal refusal)
            {
                return (Line: new PartLine { Brand = wish.Brand ?? "", Reference = wish.Reference ?? "" }, Refused: (Refusal?)refusal);
            }
        }).ToList();
        var done = await catalogue.Update(lines.ConvertAll(line => line.Line), callers.ActorOf(http.User), http.RequestAborted);
        var refused = done.Refused.ToDictionary(one => one.Index, one => one.Why);
        for (var i = 0; i < lines.Count; i++)
            if (lines[i].Refused is { } why) refused[i] = why;
        return Results.Json(new PartUpdatesAnswer(done.Changed, lines.Count - done.Changed - refused.Count, [.. refused.OrderBy(one => one.Key).Select(one => new RefusedLine(one.Key, one.Value.Code, Sentences.Of(one.Value)))]), CallJson.Options);
    }
}

sealed class PartSearchQuery
{
    public static readonly string[] Names = ["text", "inactive", "limit"];

    [FromQuery(Name = "text"), Description("A reference, the beginning of one, a cross-reference, or words; a brand may stand before or behind a reference")]
    public string? Text { get; init; }

    [FromQuery(Name = "inactive"), Description("`true`: by their references also those that are not sold any more")]
    public string? Inactive { get; init; }

    [FromQuery(Name = "limit"), Description("1 to 100; 20 when not given")]
    public string? Limit { get; init; }
}

/// <summary>What a program says of a part.</summary>
public sealed class PartWish
{
    public required string Brand { get; init; }

    public required string Reference { get; init; }

    public string? Description { get; init; }

    [Description("All of them: they take the place of those that were known")]
    public IReadOnlyList<CrossReference>? CrossReferences { get; init; }

    [Description("What everybody pays who has no tier, without tax")]
    public decimal? Price { get; init; }

    [Description("By the tier's name; other tiers keep theirs")]
    public IReadOnlyDictionary<string, decimal>? TierPrices { get; init; }

    public decimal? Stock { get; init; }

    public decimal? TaxPercent { get; init; }

    public bool? IsActive { get; init; }

    internal PartLine ToLine()
    {
        SortedList<string, long>? prices = null;
        foreach (var (tier, price) in (TierPrices ?? new Dictionary<string, decimal>()).Concat(Price is { } everybodys ? [KeyValuePair.Create(Part.BaseTier, everybodys)] : []))
            (prices ??= [])[tier.Trim()] = price >= 0 && price <= Money.Max.Amount && price * 100 % 1 == 0 ? (long)(price * 100) : throw new Refusal(RefusalKind.Invalid, "part.price");
        return new() { Brand = Brand ?? "", Reference = Reference ?? "", Description = Description, Crosses = CrossReferences?.ToList(), Prices = prices, Stock = Stock, Tax = TaxPercent, Active = IsActive };
    }
}

public sealed record PartUpdates(IReadOnlyList<PartWish> Lines);

/// <param name="Index">Its place in the list that was sent.</param>
public sealed record RefusedLine(int Index, string Code, string Detail);

public sealed record PartUpdatesAnswer(int Changed, int Same, IReadOnlyList<RefusedLine> Refused);

public sealed record PartListAnswer(IReadOnlyList<FoundPartAnswer> Parts);

/// <summary>A part as programs read it; amounts are in the company's currency, without tax.</summary>
public record PartAnswer
{
    internal PartAnswer(Part part) => (Id, Brand, Reference, Description, CrossReferences, Price, TierPrices, Stock, StockToldAt, TaxPercent, IsActive) = (
        part.Id, part.Brand, part.Reference, part.Description, part.CrossReferences, part.PriceFor(null)?.Amount,
        part.Prices.Where(price => price.Key != Part.BaseTier).ToDictionary(price => price.Key, price => price.Value.Amount), part.Stock?.Quantity, part.Stock?.ToldAt, part.TaxPercent, part.IsActive);

    public long Id { get; }

    public string Brand { get; }

    public string Reference { get; }

    public string Description { get; }

    public IReadOnlyList<CrossReference> CrossReferences { get; }

    /// <summary>What everybody pays who has no tier.</summary>
    public decimal? Price { get; }

    public IReadOnlyDictionary<string, decimal> TierPrices { get; }

    public decimal? Stock { get; }

    public DateTimeOffset? StockToldAt { get; }

    public decimal? TaxPercent { get; }

    public bool IsActive { get; }
}

public sealed record FoundPartAnswer : PartAnswer
{
    internal FoundPartAnswer(FoundPart found) : base(found.Part) => (Match, Through) = (found.Match, found.Through);

    /// <summary>Why it was found.</summary>
    public PartMatch Match { get; }

    /// <summary>The cross-reference that led to it.</summary>
    public CrossReference? Through { get; }
}
