namespace CallCenter.Customers;

#pragma warning disable IDE1006 // columns keep their names
/// <summary>A row of <c>customers</c>.</summary>
sealed class CustomerRow
{
    public const string Columns = "id, kind, name, tax_id, email, segment, owner, credit_stop, price_tier, note, archived_at";

    public long id { get; init; }
    public string kind { get; init; } = "";
    public string name { get; init; } = "";
    public string? tax_id { get; init; }
    public string? email { get; init; }
    public string? segment { get; init; }
    public string? owner { get; init; }
    public long credit_stop { get; init; }
    public string? price_tier { get; init; }
    public string? note { get; init; }
    public long? archived_at { get; init; }

    public Customer ToCustomer() => new(
        id, Enum.Parse<CustomerKind>(kind), name, tax_id, email, segment, owner, credit_stop != 0, price_tier, note,
        archived_at is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);
}
