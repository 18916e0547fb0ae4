using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Desk;

public enum DeskTab
{
    Now,
    ToReturn,
    History,
}

/// <summary>What the address of somebody's own desk says: which list he looks at, whose card stands beside it, which quote is written.</summary>
public sealed record DeskAddress(DeskTab Tab = DeskTab.Now, long? Call = null, long? Quote = null)
{
    public const string Path = "/mi-panel";

    static readonly Web.Spelling<DeskTab> Tabs = new("ahora", "por-devolver", "historial");

    public static DeskAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        long? Number(string name) => query.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        return new(Tabs.Read(query.TryGetValue("ver", out var tab) ? tab.ToString() : null) ?? DeskTab.Now, Number("llamada"), Number("presupuesto"));
    }

    public override string ToString()
    {
        var parts = new Dictionary<string, string?>();
        if (Tab != DeskTab.Now) parts.Add("ver", Tabs.Of(Tab));
        if (Call is { } call) parts.Add("llamada", call.ToString(CultureInfo.InvariantCulture));
        if (Quote is { } quote) parts.Add("presupuesto", quote.ToString(CultureInfo.InvariantCulture));
        return QueryHelpers.AddQueryString(Path, parts);
    }
}
