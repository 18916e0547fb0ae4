using System.Security.Claims;
using CallCenter.Teams;

namespace CallCenter.Web;

/// <summary>Who looks at the screen: whose session it is, in which language and zone things are shown. What he may do is in <see cref="Sight"/>.</summary>
public sealed record Viewer(string Id, string Name, string Email, string Language, TimeZoneInfo Zone)
{
    const string SessionClaim = "session";
    const string LanguageClaim = "language";
    const string ZoneClaim = "zone";

    public static ClaimsPrincipal Principal(Person person, string session) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.NameIdentifier, person.Id), new(ClaimTypes.Name, person.Name), new(ClaimTypes.Email, person.Email),
            new(LanguageClaim, person.Language), new(ZoneClaim, person.TimeZone), new(SessionClaim, session),
        ], Screens.Scheme));

    /// <summary>Null for who is not signed in, and for callers with an API key.</summary>
    public static Viewer? Of(ClaimsPrincipal? principal) => SessionOf(principal) is null ? null : new(
        Claim(principal!, ClaimTypes.NameIdentifier), Claim(principal!, ClaimTypes.Name), Claim(principal!, ClaimTypes.Email), Claim(principal!, LanguageClaim),
        TimeZoneInfo.TryFindSystemTimeZoneById(Claim(principal!, ZoneClaim), out var zone) ? zone : TimeZoneInfo.Utc);

    public static string? SessionOf(ClaimsPrincipal? principal) =>
        principal?.Identity is { IsAuthenticated: true, AuthenticationType: Screens.Scheme } ? principal.FindFirstValue(SessionClaim) : null;

    /// <summary>The id of the person who is signed in; null for all others.</summary>
    public static string? IdOf(ClaimsPrincipal? principal) => SessionOf(principal) is null ? null : Claim(principal!, ClaimTypes.NameIdentifier);

    static string Claim(ClaimsPrincipal principal, string type) => principal.FindFirstValue(type) ?? "";
}
