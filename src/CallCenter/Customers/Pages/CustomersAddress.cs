using System.Globalization;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Customers.Pages;

/// <summary>What somebody looks at among the customers, as it stands in the address. What cannot be read asks for nothing.</summary>
public sealed record CustomersAddress
{
    public const string Path = "/clientes";
    public const string ImportPath = "/clientes/importar";
    public const int PageSize = 50;

    const int TextMax = 200;
    const int PagesMax = 100_000;

    static readonly Spelling<CustomerKind> Kinds = new("empresas", "personas");
    static readonly Spelling<CustomerOrder> Orders = new("nombre", "cambiados", "nuevos");

    public string? Search { get; init; }

    public string? Segment { get; init; }

    /// <summary>A person's id, or <see cref="CustomerFilter.Nobody"/>.</summary>
    public string? Owner { get; init; }

    public CustomerKind? Kind { get; init; }

    public bool OnlyStopped { get; init; }

    public bool IsArchived { get; init; }

    public CustomerOrder Order { get; init; }

    /// <summary>From one.</summary>
    public int Page { get; init; } = 1;

    public CustomersAddress FromTheStart => this with { Page = 1 };

    public CustomersAddress WithoutFilters => new() { Order = Order };

    public bool IsFiltered => FromTheStart != WithoutFilters;

    public static CustomersAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;
        return new CustomersAddress
        {
            Search = Text("busca"),
            Segment = Text("segmento"),
            Owner = Text("dueno") is "nadie" ? CustomerFilter.Nobody : Text("dueno"),
            Kind = Kinds.Read(Text("son")),
            OnlyStopped = Text("credito") == "parado",
            IsArchived = Text("archivo") == "si",
            Order = Orders.Read(Text("orden")) ?? CustomerOrder.Name,
            Page = int.TryParse(Text("pagina"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is >= 1 and <= PagesMax ? page : 1,
        };
    }

    public override string ToString() => WithQuery(Path);

    /// <summary>The same question to another address.</summary>
    public string WithQuery(string path) => QueryHelpers.AddQueryString(path, Parts().Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));

    /// <param name="country">Where numbers that people write are at home.</param>
    public CustomerFilter Filter(string country) => new(Search, Segment, Owner, OnlyStopped ? true : null, IsArchived, Kind, country);

    IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("busca", Search),
        ("segmento", Segment),
        ("dueno", Owner == CustomerFilter.Nobody ? "nadie" : Owner),
        ("son", Kind is { } kind ? Kinds.Of(kind) : null),
        ("credito", OnlyStopped ? "parado" : null),
        ("archivo", IsArchived ? "si" : null),
        ("orden", Order == CustomerOrder.Name ? null : Orders.Of(Order)),
        ("pagina", Page == 1 ? null : Page.ToString(CultureInfo.InvariantCulture)),
    ];
}
