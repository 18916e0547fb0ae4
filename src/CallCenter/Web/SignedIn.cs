using System.Security.Claims;
using CallCenter.Storage;
using CallCenter.Teams;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CallCenter.Web;

/// <summary>The cookie names a session; who that is, and whether it still lasts, is asked of the <see cref="Sessions"/> at every request.</summary>
sealed class SignedIn(Sessions sessions, Personnel personnel) : CookieAuthenticationEvents
{
    const string StampClaim = "stamp";

    public static async Task Begin(HttpContext http, User user)
    {
        var id = await http.RequestServices.GetRequiredService<Sessions>().Begin(
            user, http.Request.Headers.UserAgent.ToString(), $"{http.Connection.RemoteIpAddress?.MapToIPv4()}");
        var person = await PersonOf(http.RequestServices.GetRequiredService<Personnel>(), user.Id, http.RequestAborted)
            ?? throw new InvalidOperationException($"Nobody is the user {user.Id} who signs in.");
        await http.SignInAsync(Screens.Scheme, Viewer.Principal(person, id), new AuthenticationProperties { IsPersistent = true });
    }

    /// <summary>The password was right and a code is still to come. Good for a few minutes, and for nothing but the page that asks for the code.</summary>
    public static Task BeginHalf(HttpContext http, User user) => http.SignInAsync(Screens.HalfScheme, new ClaimsPrincipal(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, user.Id), new(StampClaim, user.SecurityStamp)], Screens.HalfScheme)));

    /// <summary>Whose code is to come; null when nobody's, or when his password changed meanwhile.</summary>
    public static async Task<User?> Half(HttpContext http)
    {
        var principal = (await http.AuthenticateAsync(Screens.HalfScheme)).Principal;
        return principal?.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
            && await http.RequestServices.GetRequiredService<Users>().FindById(id) is { MaySignIn: true } user
            && user.SecurityStamp == principal.FindFirstValue(StampClaim) ? user : null;
    }

    /// <summary>Everything was right: whoever was signed in here before is not any more.</summary>
    public static async Task Complete(HttpContext http, User user)
    {
        await End(http);
        await http.SignOutAsync(Screens.HalfScheme);
        await Begin(http, user);
    }

    public static async Task End(HttpContext http)
    {
        if (Viewer.SessionOf(http.User) is { } id) await http.RequestServices.GetRequiredService<Sessions>().End(id);
        await http.SignOutAsync(Screens.Scheme);
    }

    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        var stop = context.HttpContext.RequestAborted;
        if (Viewer.SessionOf(context.Principal) is { } id && await sessions.Find(id, stop) is { } user && await PersonOf(personnel, user, stop) is { } person)
        {
            context.ReplacePrincipal(Viewer.Principal(person, id));
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Screens.Scheme);
    }

    // Only a page can show the sign-in; a machine, and the socket of a page, get the number.
    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (IsPage(context.Request)) context.Response.Redirect(SignInAddress(context.Request.Path + context.Request.QueryString));
        else context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    public override Task RedirectToAccessDenied(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (IsPage(context.Request)) return new RazorComponentResult<ForbiddenDocument> { StatusCode = StatusCodes.Status403Forbidden }.ExecuteAsync(context.HttpContext);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    public static string SignInAddress(string wanted) =>
        wanted is "" or "/" ? "/entrar" : $"/entrar?volver={Uri.EscapeDataString(wanted)}";

    /// <summary>An address of ours, or the first page: a link to <c>/entrar?volver=https://...</c> leads nowhere else.</summary>
    public static string Local(string? wanted) =>
        wanted is ['/', ..] and not ['/', '/' or '\\', ..] && !wanted.Any(char.IsControl) ? wanted : "/llamadas";

    /// <summary>Somebody added on another node may not be known here yet.</summary>
    static async Task<Person?> PersonOf(Personnel personnel, string id, CancellationToken stop)
    {
        if (!personnel.Now.People.ContainsKey(id)) await personnel.Load(stop);
        return personnel.Now.People.GetValueOrDefault(id);
    }

    static bool IsPage(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/_blazor");
}

/// <summary>Ends an open screen within seconds when its session does: signed out elsewhere, password changed, locked out.</summary>
sealed class StillSignedIn(Sessions sessions, ILoggerFactory loggers) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(3);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            return Viewer.SessionOf(authenticationState.User) is not { } id
                || await sessions.Find(id, cancellationToken) is { } user && user == Viewer.IdOf(authenticationState.User);
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            return true; // while the database is away nobody sees anything anyway
        }
    }
}
