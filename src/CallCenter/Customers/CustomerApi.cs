using System.ComponentModel;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Customers;

/// <summary>Customers for a company's ERP or DMS: put in and looked up by the ids that it knows itself.</summary>
static class CustomerApi
{
    const int BodyMax = 512 * 1024;
    const int LimitDefault = 50;

    public static void MapCustomerApi(this IEndpointRouteBuilder app)
    {
        var read = app.MapGroup("/api/customers").WithTags("Customers").RequireAuthorization(ApiScope.CustomersRead)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        read.MapGet("", List).WithName("listCustomers").WithSummary("Lists customers by when they changed, or finds them")
            .WithDescription(
                """
                Without a search: all customers, the one first whose last change is longest ago, archived ones too. Give the answer's `next` as `cursor` until
                there are no more, and keep the last one: asked again later it gives what changed meanwhile. With `search`, `number`, `plate`,
                `vin` or `tax_id`: those that are found, the likeliest first, without pages.
                """)
            .Produces<CustomerListAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        read.MapGet("{id}", One).WithName("getCustomer").WithSummary("One customer with all that belongs to it")
            .WithDescription("One that was merged into another answers as that one.").Produces<CustomerAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        read.MapGet("external/{system}/{id}", OneOf).WithName("getCustomerByExternalId").WithSummary("One customer by what another system calls it")
            .Produces<CustomerAnswer>().ProducesProblem(StatusCodes.Status404NotFound);

        var write = app.MapGroup("/api/customers").WithTags("Customers").RequireAuthorization(ApiScope.CustomersWrite).WithMetadata(new RequestSizeLimitAttribute(BodyMax))
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict);
        write.MapPost("", Add).WithName("addCustomer").WithSummary("Adds a customer")
            .WithDescription("Earlier calls of its numbers that are nobody's become its calls.").Produces<CustomerAnswer>(StatusCodes.Status201Created);
        write.MapPut("{id}", Change).WithName("changeCustomer").WithSummary("Changes a customer")
            .WithDescription(Meaning).Produces<CustomerAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        write.MapPut("external/{system}/{id}", Put).WithName("putCustomerByExternalId").WithSummary("Adds a customer that another system knows, or changes it")
            .WithDescription("May be sent again and again: it comes to the same. " + Meaning).Produces<CustomerAnswer>().Produces<CustomerAnswer>(StatusCodes.Status201Created);
    }

    const string Meaning =
        """
        What is not in the body, or null, stays as it is; an empty text takes away what was there. Numbers, contacts, branches, vehicles and
        external ids that are named are added or changed, the others stay; with `lists=replace` a list that is given is the whole list.
        """;

    static async Task<IResult> List([AsParameters] CustomerQuery query, HttpContext http, Db db, IPhoneSystems phones, Personnel personnel)
    {
        CallApi.MustKnow(http.Request.Query, CustomerQuery.Names);
        var limit = CallConditions.LimitOf(query.Limit, LimitDefault, CustomerList.PageMax);
        var (cursor, country) = (CustomerCursor.Parse(query.Cursor), phones.HomeCountry());
        var archived = CallConditions.YesNo("archived", query.Archived);
        var page = await db.Read(async tx => query.IsSearch
            ? await CustomerRows.Read(tx, [.. (await query.Find(tx, country)).Distinct()]) is var found ? [.. found.Values] : []
            : (await CustomerList.ChangedAfter(tx, cursor, limit)).ToList(), http.RequestAborted);
        var next = query.IsSearch || page.Count == 0 ? null : CustomerCursor.Of(page[^1].Customer).ToString();
        var shown = page.Where(one => archived is null || archived == one.Customer.ArchivedAt is not null).Take(limit);
        return Results.Json(new CustomerListAnswer([.. shown.Select(one => new CustomerAnswer(one, personnel))], next), CallJson.Options);
    }

    static async Task<IResult> One([Description("The customer's `id`")] string id, HttpContext http, CustomerBook book, Personnel personnel) =>
        await book.Find(NumberOf(id), http.RequestAborted) is { } found ? Answer(found, personnel) : throw new Refusal(RefusalKind.NotFound, "customer.unknown", id);

    static async Task<IResult> OneOf(string system, [Description("What that system calls the customer")] string id, HttpContext http, CustomerBook book, Personnel personnel) =>
        await book.Find(new ExternalId(system, id), http.RequestAborted) is { } found ? Answer(found, personnel) : throw new Refusal(RefusalKind.NotFound, "customer.unknown", $"{system}/{id}");

    static async Task<IResult> Add([FromBody] CustomerWish body, HttpContext http, CustomerBook book, IPhoneSystems phones, ApiCallers callers, Personnel personnel, TimeProvider clock)
    {
        var added = await book.Add(body.Over(CustomerDetail.New(new Customer(0, CustomerKind.Company, "")), phones.HomeCountry(), false, PersonOf(personnel), clock.GetUtcNow()), callers.ActorOf(http.User), http.RequestAborted);
        return Answer(added, personnel, StatusCodes.Status201Created);
    }

    static async Task<IResult> Change(string id, [FromBody] CustomerWish body, [AsParameters] ListsQuery lists, HttpContext http, CustomerBook book, IPhoneSystems phones, ApiCallers callers, Personnel personnel, TimeProvider clock) =>
        Answer(await book.Change(NumberOf(id), found => body.Over(found, phones.HomeCountry(), lists.Replaces, PersonOf(personnel), clock.GetUtcNow()), callers.ActorOf(http.User), http.RequestAborted), personnel);

    static async Task<IResult> Put(string system, string id, [FromBody] CustomerWish body, [AsParameters] ListsQuery lists, HttpContext http, CustomerBook book, IPhoneSystems phones, ApiCallers callers, Personnel personnel, TimeProvider clock)
    {
        var (put, isNew) = await book.Put(new ExternalId(system, id), found => body.Over(found, phones.HomeCountry(), lists.Replaces, PersonOf(personnel), clock.GetUtcNow()), callers.ActorOf(http.User), http.RequestAborted);
        return Answer(put, personnel, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    static IResult Answer(CustomerDetail detail, Personnel personnel, int status = StatusCodes.Status200OK) =>
        Results.Json(new CustomerAnswer(detail, personnel), CallJson.Options, statusCode: status);

    static Func<string, string> PersonOf(Personnel personnel) => named => personnel.Find(named)?.Id ?? throw new Refusal(RefusalKind.Invalid, "customer.no-such-person", named);

    static long NumberOf(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new Refusal(RefusalKind.NotFound, "customer.unknown", id);
}

/// <summary>Which customers a program asks for.</summary>
sealed class CustomerQuery
{
    public static readonly string[] Names = ["search", "number", "plate", "vin", "tax_id", "archived", "limit", "cursor"];

    [FromQuery(Name = "search"), Description("Whatever is at hand: words of a name, only begun too, a number, a plate, a VIN, a tax id, an external id; not among archived ones")]
    public string? Search { get; init; }

    [FromQuery(Name = "number"), Description("A telephone number in any usual spelling; finds exactly that one")]
    public string? Number { get; init; }

    [FromQuery(Name = "plate"), Description("A plate, with or without what stands between its groups")]
    public string? Plate { get; init; }

    [FromQuery(Name = "vin")]
    public string? Vin { get; init; }

    [FromQuery(Name = "tax_id")]
    public string? TaxId { get; init; }

    [FromQuery(Name = "archived"), Description("`true`: only those kept for their history; `false`: only the others")]
    public string? Archived { get; init; }

    [FromQuery(Name = "limit"), Description("Customers a page, 1 to 200; 50 when not given")]
    public string? Limit { get; init; }

    [FromQuery(Name = "cursor"), Description("`next` of an answer before")]
    public string? Cursor { get; init; }

    public bool IsSearch => new[] { Search, Number, Plate, Vin, TaxId }.Any(text => CallConditions.Text(text) is not null);

    /// <summary>Ids of those who meet all that is asked for.</summary>
    public async Task<IEnumerable<long>> Find(Tx tx, string country)
    {
        IEnumerable<long>? found = null;
        foreach (var (text, find) in new (string?, Func<string, Task<IReadOnlyList<long>>>)[]
        {
            (Search, text => CustomerSearch.Find(tx, text, country)),
            (Number, text => CustomerSearch.WithNumber(tx, text, country)),
            (Plate, text => CustomerSearch.WithPlate(tx, text)),
            (Vin, text => CustomerSearch.WithVin(tx, text)),
            (TaxId, text => CustomerSearch.WithTaxId(tx, text)),
        })
            if (CallConditions.Text(text) is { } asked)
            {
                var some = await find(asked);
                found = found?.Intersect(some) ?? some;
            }

        return found ?? [];
    }
}

/// <summary>What a list in the body of a change means.</summary>
sealed class ListsQuery
{
    [FromQuery(Name = "lists"), Description("`merge`, also when not given: what a list does not name stays; `replace`: a list that is given is the whole list")]
    public string? Lists { get; init; }

    public bool Replaces => CallConditions.Text(Lists) switch
    {
        null or "merge" => false,
        "replace" => true,
        var other => throw new Refusal(RefusalKind.Invalid, "api.bad-value", "lists", other, "merge, replace"),
    };
}

/// <summary>A place among customers by their last change: what comes after this one.</summary>
readonly record struct CustomerCursor(DateTimeOffset ChangedAt, long Id)
{
    public static readonly CustomerCursor First = new(DateTimeOffset.UnixEpoch, 0);

    public static CustomerCursor Of(Customer customer) => new(customer.ChangedAt, customer.Id);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ChangedAt.ToUnixTimeMilliseconds()}-{Id}");

    /// <exception cref="Refusal">The text is not a cursor that we gave out.</exception>
    public static CustomerCursor Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return First;
        var place = CallCursor.Parse(text);
        return new(place.StartedAt, place.Id);
    }
}

/// <param name="Next">Where the next page begins, for `cursor`; null where nothing was found. The last one gives later what changed meanwhile.</param>
public sealed record CustomerListAnswer(IReadOnlyList<CustomerAnswer> Customers, string? Next);

/// <summary>A customer as programs read it.</summary>
public sealed record CustomerAnswer
{
    internal CustomerAnswer(CustomerDetail detail, Personnel personnel)
    {
        var one = detail.Customer;
        (Id, Kind, Name, TaxId, Email, Segment, Owner) = (one.Id, one.Kind, one.Name, one.TaxId, one.Email, one.Segment, one.Owner);
        (CreditStop, PriceTier, Note, ArchivedAt, ChangedAt, MergedInto) = (one.CreditStop, one.PriceTier, one.Note, one.ArchivedAt, one.ChangedAt, one.MergedInto);
        OwnerName = one.Owner is { } owner ? personnel.Now.People.GetValueOrDefault(owner)?.Name : null;
        string? Branch(long? id) => detail.Branches.FirstOrDefault(branch => branch.Id == id)?.Name;
        Numbers = [.. detail.Numbers.Select(number => new WishedNumber(
            number.Number, number.Extension, number.Label, Branch(number.Branch), detail.Contacts.FirstOrDefault(contact => contact.Id == number.Contact)?.Name, number.Since, number.Until))];
        Contacts = [.. detail.Contacts.Select(contact => new WishedContact(contact.Name, contact.Role, contact.Email, Branch(contact.Branch)))];
        Branches = [.. detail.Branches.Select(branch => new WishedBranch(branch.Name, branch.Address))];
        Vehicles = [.. detail.Vehicles.Select(vehicle => new WishedVehicle(vehicle.Plate, vehicle.Vin, vehicle.Make, vehicle.Model, vehicle.Year, vehicle.Note))];
        ExternalIds = detail.Ids;
    }

    public long Id { get; }

    public CustomerKind Kind { get; }

    public string Name { get; }

    public string? TaxId { get; }

    public string? Email { get; }

    public string? Segment { get; }

    /// <summary>Id of the person who looks after it.</summary>
    public string? Owner { get; }

    public string? OwnerName { get; }

    /// <summary>Nothing more on account.</summary>
    public bool CreditStop { get; }

    public string? PriceTier { get; }

    public string? Note { get; }

    /// <summary>Since when it is kept for its history only.</summary>
    public DateTimeOffset? ArchivedAt { get; }

    public DateTimeOffset ChangedAt { get; }

    /// <summary>The one that it turned out to be.</summary>
    public long? MergedInto { get; }

    /// <summary>E.164.</summary>
    public IReadOnlyList<WishedNumber> Numbers { get; }

    public IReadOnlyList<WishedContact> Contacts { get; }

    public IReadOnlyList<WishedBranch> Branches { get; }

    public IReadOnlyList<WishedVehicle> Vehicles { get; }

    public IReadOnlyList<ExternalId> ExternalIds { get; }
}
