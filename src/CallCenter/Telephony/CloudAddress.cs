using System.Net;

namespace CallCenter.Telephony;

/// <summary>Where a phone system in the cloud is asked.</summary>
static class CloudAddress
{
    /// <summary>Of a phone system whose address is the same for all its customers; another one for those who have a region of their own, and for trials.</summary>
    public const string Setting = "api_host";

    /// <summary>A host and nothing else. In the clear only on this machine itself, for trials.</summary>
    /// <exception cref="Refusal">The setting is no host.</exception>
    public static Uri Of(Settings settings, string usual, string setting = Setting)
    {
        var host = settings[setting] is { Length: > 0 } own ? own : usual;
        if (!Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var api) || api.Authority != host.ToLowerInvariant()) throw new Refusal(RefusalKind.Conflict, "control.setting", setting);
        return IPAddress.TryParse(api.Host, out var address) && IPAddress.IsLoopback(address) ? new Uri($"http://{host}/") : api;
    }

    /// <summary>Another door of the same house: <c>login.example.com</c> beside <c>api.example.com</c>. In trials they are one.</summary>
    /// <param name="name">With its dot; empty for the house itself.</param>
    public static Uri Beside(Uri api, string name) =>
        api.Host.StartsWith("api.", StringComparison.Ordinal) ? new UriBuilder(api) { Host = name + api.Host["api.".Length..] }.Uri : api;

    /// <summary>A part of an address that a person typed: letters and figures, nothing that leads elsewhere.</summary>
    /// <exception cref="Refusal">It is none.</exception>
    public static string Part(Settings settings, string setting, int max = 100)
    {
        var text = settings[setting];
        return text.Length is > 0 && text.Length <= max && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? text
            : throw new Refusal(RefusalKind.Conflict, "control.setting", setting);
    }

    /// <summary>The next page, where its address is told whole or in part: on the host that was asked, or not at all.</summary>
    /// <exception cref="UnreadableException">It leads elsewhere.</exception>
    public static Uri Next(Uri asked, string told) => Uri.TryCreate(asked, told, out var next) && next.Authority == asked.Authority && next.Scheme == asked.Scheme
        ? next
        : throw new UnreadableException("the next page is at another host");

    public static Uri With(Uri api, string path, params (string Name, string Value)[] query) =>
        new(api, path + (query.Length == 0 ? "" : "?" + string.Join('&', query.Select(field => $"{Uri.EscapeDataString(field.Name)}={Uri.EscapeDataString(field.Value)}"))));
}
