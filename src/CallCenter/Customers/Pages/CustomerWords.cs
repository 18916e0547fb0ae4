using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Customers.Pages;

/// <summary>What concerns customers, in people's words.</summary>
static class CustomerWords
{
    /// <summary>The address of one customer.</summary>
    public static string AddressOf(long customer) => $"{CustomersAddress.Path}/{customer}";

    public static string Name(this Customer customer) => VisibleText.Line(customer.Name, Customer.NameMax);

    /// <summary>Null where nobody looks after it.</summary>
    public static string? OwnerOf(this Personnel personnel, Customer customer) =>
        customer.Owner is { } owner ? VisibleText.Line(personnel.Now.People.GetValueOrDefault(owner)?.Name ?? owner, 60) : null;

    /// <summary>A number as people at home write it, with what follows it.</summary>
    public static string Phone(this IStringLocalizer<Words> words, CustomerNumber number, string home) =>
        Show.Phone(PhoneNumber.Parse(number.Number, home), home) + (number.Extension is { } extension ? $" {words["ext. {0}", extension]}" : "");
}
