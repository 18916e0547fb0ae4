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
    DateTimeOffset? ArchivedAt = null);
