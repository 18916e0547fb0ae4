namespace CallCenter.Customers;

public enum CustomerKind
{
    Company,
    Person,
}

/// <summary>Somebody who buys: a company or a person.</summary>
/// <param name="TaxId">Such as the Spanish NIF; as it was written.</param>
/// <param name="Segment">The company's own word: workshop, insurer, private, A, B.</param>
/// <param name="Owner">Id of the one of us who looks after it.</param>
/// <param name="CreditStop">Nothing more on account.</param>
/// <param name="PriceTier">Which of a part's prices it pays; null for the base price.</param>
/// <param name="ArchivedAt">Since when it is kept for its history only.</param>
/// <param name="MergedInto">The one that it turned out to be, to whom all that it had was given.</param>
/// <param name="ChangedAt">When it, or anything that belongs to it, was last changed.</param>
public sealed record Customer(
    long Id,
    CustomerKind Kind,
    string Name,
    string? TaxId = null,
    string? Email = null,
    string? Segment = null,
    string? Owner = null,
    bool CreditStop = false,
    string? PriceTier = null,
    string? Note = null,
    DateTimeOffset? ArchivedAt = null,
    long? MergedInto = null,
    DateTimeOffset ChangedAt = default)
{
    public const int NameMax = 200;
    public const int TextMax = 100;
    public const int NoteMax = 2000;

    /// <summary>Tidied up: one line each, nothing but what can be seen, no empty text.</summary>
    /// <exception cref="Refusal">It has no name, or something is too long.</exception>
    public Customer Checked() => this with
    {
        Name = Given.Line("name", Name, NameMax) ?? throw new Refusal(RefusalKind.Invalid, "customer.name"),
        TaxId = Given.Line("tax_id", TaxId, TextMax),
        Email = Given.Email(Email),
        Segment = Given.Line("segment", Segment, TextMax),
        PriceTier = Given.Line("price_tier", PriceTier, TextMax),
        Note = Given.Text("note", Note, NoteMax),
    };
}
