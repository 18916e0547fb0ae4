using System.Globalization;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Audit.Pages;

/// <summary>Which lines of the audit log somebody looks at, as it stands in the address. What cannot be read asks for nothing.</summary>
public sealed record AuditQuery(string? Actor = null, string? Kind = null, DateOnly? FirstDay = null, DateOnly? LastDay = null, long? Before = null)
{
    public const string Path = "/configuracion/auditoria";
    public const string ExportPath = Path + "/exportar.csv";

    const int TextMax = 200;

    /// <summary>What is done to what, by the first word of the action.</summary>
    public static readonly IReadOnlyList<string> Kinds =
    [
        "user", "team", "call", "calls", "case", "customer", "customers", "number", "quote", "order", "part", "results", "connection", "key", "alert", "webhook", "wallboard",
        "settings", "audit",
    ];

    public static AuditQuery Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;
        DateOnly? Day(string name) => Fields.ReadDay(Text(name));
        return new AuditQuery(Text("quien"), Text("que") is { } kind && Kinds.Contains(kind) ? kind : null, Day("desde"), Day("hasta"),
            long.TryParse(Text("antes"), NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : null);
    }

    public override string ToString() => QueryHelpers.AddQueryString(Path, Parts());

    public string Export => QueryHelpers.AddQueryString(ExportPath, (this with { Before = null }).Parts());

    public bool IsFiltered => this with { Before = null } != new AuditQuery();

    /// <summary>Days are those of the viewer's zone; both belong to the period.</summary>
    public AuditFilter Filter(TimeZoneInfo zone) => new(
        FirstDay is { } first ? LocalDay.StartOf(first, zone) : null, LastDay is { } last ? LocalDay.StartOf(last.AddDays(1), zone) : null,
        Actor, Kind is null ? null : Kind + ".");

    IEnumerable<KeyValuePair<string, string?>> Parts() => new (string Name, string? Value)[]
    {
        ("quien", Actor), ("que", Kind), ("desde", Fields.Written(FirstDay)), ("hasta", Fields.Written(LastDay)),
        ("antes", Before?.ToString(CultureInfo.InvariantCulture)),
    }.Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value));
}
