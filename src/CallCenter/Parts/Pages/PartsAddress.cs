using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Parts.Pages;

/// <summary>What the list of parts shows, as its address says it.</summary>
/// <param name="Text">What is looked for.</param>
/// <param name="WithInactive">Also what is not sold any more, by its reference.</param>
public sealed record PartsAddress(string? Text = null, bool WithInactive = false)
{
    public const string Path = "/repuestos";
    public const string ImportPath = "/repuestos/importar";
    const int TextMax = 100;

    public static string Of(long part) => string.Create(CultureInfo.InvariantCulture, $"{Path}/{part}");

    public static PartsAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        return new(query.TryGetValue("buscar", out var text) && text.ToString() is { Length: > 0 and <= TextMax } written ? written : null, query.ContainsKey("inactivos"));
    }

    public override string ToString()
    {
        var address = string.IsNullOrEmpty(Text) ? Path : QueryHelpers.AddQueryString(Path, "buscar", Text);
        return WithInactive ? QueryHelpers.AddQueryString(address, "inactivos", "1") : address;
    }
}
