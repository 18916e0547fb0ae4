using System.Security.Claims;
using System.Text.Encodings.Web;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Recovery;
using CallCenter.Teams;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace CallCenter.Web;

/// <summary>
/// Who uses the API: a program with a key (<c>Authorization: Bearer cc_...</c>), or a person who is signed in. A key
/// that is wrong is refused, also when a cookie comes with it.
/// </summary>
sealed class ApiAccess(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeys keys, IAuthenticationSchemeProvider schemes)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "api";
    const string Bearer = "Bearer ";
    const string KeyClaim = "key";

    /// <summary>Adds the scheme, and a policy of each right's name.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ApiKeys>().AddSingleton<ApiCallers>().AddSingleton<IAuthorizationHandler, Judge>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiAccess>(SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var right in (string[])[.. ApiScope.All, ApiCallers.Export])
            authorization.AddPolicy(right, policy => policy.AddAuthenticationSchemes(SchemeName).RequireAuthenticatedUser().AddRequirements(new Needed(right)));
    }

    /// <summary>The id of the key that a program showed; null for people.</summary>
    public static string? KeyOf(ClaimsPrincipal caller) => caller.FindFirstValue(KeyClaim);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0) return await Person();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || await keys.Find(header[Bearer.Length..].Trim(), Context.RequestAborted) is not { } key)
            return AuthenticateResult.Fail("The key is unknown or revoked.");

        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new(KeyClaim, key.Id)], SchemeName)), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Write(Context, StatusCodes.Status401Unauthorized, "api.no-key",
            "Send a key that is not revoked as 'Authorization: Bearer cc_...'; an administrator makes one under API keys or with 'callcenter key add'.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => KeyOf(Context.User) is null
        ? Problems.Write(Context, StatusCodes.Status403Forbidden, "api.no-right", "You may not do this; an administrator can give you the role or ability that is needed.")
        : Problems.Write(Context, StatusCodes.Status403Forbidden, "api.no-scope", "This key lacks the scope that is needed here; make one that has it.");

    async Task<AuthenticateResult> Person() =>
        await schemes.GetDefaultAuthenticateSchemeAsync() is { } people && people.Name != SchemeName
        && await Context.AuthenticateAsync(people.Name) is { Succeeded: true } signedIn
            ? AuthenticateResult.Success(new AuthenticationTicket(signedIn.Principal, SchemeName))
            : AuthenticateResult.NoResult();

    sealed record Needed(string Right) : IAuthorizationRequirement;

    sealed class Judge(ApiCallers callers) : AuthorizationHandler<Needed>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Needed requirement)
        {
            if (callers.May(context.User, requirement.Right)) context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}

/// <summary>What those who use the API may do now: programs by their key, people by their rights.</summary>
sealed class ApiCallers(ApiKeys keys, Personnel personnel, Sessions sessions)
{
    /// <summary>Taking calls away as a file: part of <see cref="ApiScope.CallsRead"/> for programs, an ability for people.</summary>
    public const string Export = "calls:export";

    public bool May(ClaimsPrincipal caller, string right)
    {
        if (ApiAccess.KeyOf(caller) is { } key) return keys.Allows(key, right == Export ? ApiScope.CallsRead : right);
        var rights = personnel.RightsOf(Viewer.IdOf(caller));
        return right switch
        {
            ApiScope.CallsRead or ApiScope.CasesRead or ApiScope.CasesWrite or ApiScope.CallsPlace or ApiScope.CustomersRead or ApiScope.CustomersWrite or ApiScope.SalesRead or ApiScope.SalesWrite => rights.UsesCallCenter,
            ApiScope.ArrivalsRead => rights.UsesCallCenter && rights.ReadsArrivals,
            ApiScope.PartsRead => rights.SeesParts,
            ApiScope.PartsWrite => rights.Has(Ability.ManageCatalogue),
            Export => rights.UsesCallCenter && rights.Has(Ability.Export),
            _ => false,
        };
    }

    /// <summary>For what lasts longer than a request.</summary>
    public async Task<bool> IsStillHere(ClaimsPrincipal caller, CancellationToken stop) =>
        ApiAccess.KeyOf(caller) is not null || Viewer.SessionOf(caller) is { } session && await sessions.Find(session, stop) is not null;

    public ISight SightOf(ClaimsPrincipal caller) => new CallerSight(() => ApiAccess.KeyOf(caller) is { } key ? keys.CallsOf(key) : personnel.RightsOf(Viewer.IdOf(caller)).Calls);

    public CaseScope CasesOf(ClaimsPrincipal caller) =>
        ApiAccess.KeyOf(caller) is { } key ? CaseScope.Of(keys.CasesOf(key)) : CaseScope.Of(personnel.RightsOf(Viewer.IdOf(caller)));

    /// <summary>Null for a program.</summary>
    public Rights? RightsOf(ClaimsPrincipal caller) => ApiAccess.KeyOf(caller) is null ? personnel.RightsOf(Viewer.IdOf(caller)) : null;

    public Actor ActorOf(ClaimsPrincipal caller) => ApiAccess.KeyOf(caller) is { } key
        ? Actor.Key(key, keys.NameOf(key))
        : Viewer.Of(caller) is { } viewer ? Actor.User(viewer.Id, viewer.Name) : throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Looks anew whenever it is asked; nobody waits to hear.</summary>
    sealed class CallerSight(Func<CallScope> look) : ISight
    {
        public CallScope Calls => look();

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }
}
