using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CallCenter.Web;

/// <summary>
/// Who may use the API: a program with a key (<c>Authorization: Bearer cc_...</c>), or a person who is signed in. A key
/// that is wrong is refused, also when a cookie comes with it.
/// </summary>
sealed class ApiAccess(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeys keys, IAuthenticationSchemeProvider schemes)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "api";
    const string Bearer = "Bearer ";
    const string ScopeClaim = "scope";
    const string KeyClaim = "key";

    /// <summary>Adds the scheme, and a policy of each scope's name.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ApiKeys>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiAccess>(SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in ApiScope.All)
            authorization.AddPolicy(scope, policy => policy.AddAuthenticationSchemes(SchemeName).RequireAuthenticatedUser().RequireAssertion(context => Allows(context.User, scope)));
    }

    /// <summary>People who are signed in see all calls; that is for roles to narrow.</summary>
    public static bool Allows(ClaimsPrincipal caller, string scope) =>
        KeyOf(caller) is null ? caller.Identity is { IsAuthenticated: true } : caller.HasClaim(ScopeClaim, scope);

    /// <summary>The id of the key that a program showed; null for people.</summary>
    public static string? KeyOf(ClaimsPrincipal caller) => caller.FindFirstValue(KeyClaim);

    /// <summary>For what lasts longer than a request.</summary>
    public static Task<bool> IsStillSignedIn(HttpContext http, CancellationToken stop) => Task.FromResult(true);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0) return await Person();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || await keys.Find(header[Bearer.Length..].Trim(), Context.RequestAborted) is not { } key)
            return AuthenticateResult.Fail("The key is unknown or revoked.");

        var identity = new ClaimsIdentity([new(KeyClaim, key.Id), .. key.Scopes.Select(scope => new Claim(ScopeClaim, scope))], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Write(Context, StatusCodes.Status401Unauthorized, "api.no-key",
            "Send a key that is not revoked as 'Authorization: Bearer cc_...'; an administrator makes one under API keys or with 'callcenter key add'.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.Write(Context, StatusCodes.Status403Forbidden, "api.no-scope", "This key lacks the scope that is needed here; make one that has it.");

    async Task<AuthenticateResult> Person() =>
        await schemes.GetDefaultAuthenticateSchemeAsync() is { } people && people.Name != SchemeName
        && await Context.AuthenticateAsync(people.Name) is { Succeeded: true } signedIn
            ? AuthenticateResult.Success(new AuthenticationTicket(signedIn.Principal, SchemeName))
            : AuthenticateResult.NoResult();
}
