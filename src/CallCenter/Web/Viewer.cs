using System.Security.Claims;
using CallCenter.Teams;

namespace CallCenter.Web;

/// <summary>Who looks at the screen: whose session it is, in which language and zone things are shown.</summary>
public sealed record Viewer(string Id, string Name, string Email, Role Role, string Language, TimeZoneInfo Zone)
{
    const string SessionClaim = "session";
    const string LanguageClaim = "language";
    const string ZoneClaim = "zone";

    public static ClaimsPrincipal Principal(User user, string session) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.NameIdentifier, user.Id), new(ClaimTypes.Name, user.Name), new(ClaimTypes.Email, user.Email),
            new(ClaimTypes.Role, $"{user.Role}"), new(LanguageClaim, user.Language), new(ZoneClaim, user.TimeZone), new(SessionClaim, session),
        ], Screens.Scheme));

    /// <summary>Null for who is not signed in, and for callers with an API key.</summary>
    public static Viewer? Of(ClaimsPrincipal? principal) => SessionOf(principal) is null ? null : new(
        Claim(principal!, ClaimTypes.NameIdentifier), Claim(principal!, ClaimTypes.Name), Claim(principal!, ClaimTypes.Email),
        Enum.Parse<Role>(Claim(principal!, ClaimTypes.Role)), Claim(principal!, LanguageClaim),
        TimeZoneInfo.TryFindSystemTimeZoneById(Claim(principal!, ZoneClaim), out var zone) ? zone : TimeZoneInfo.Utc);

    public static string? SessionOf(ClaimsPrincipal? principal) =>
        principal?.Identity is { IsAuthenticated: true, AuthenticationType: Screens.Scheme } ? principal.FindFirstValue(SessionClaim) : null;

    static string Claim(ClaimsPrincipal principal, string type) => principal.FindFirstValue(type) ?? "";
}
