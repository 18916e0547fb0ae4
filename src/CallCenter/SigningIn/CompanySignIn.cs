using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace CallCenter.SigningIn;

/// <summary>
/// Signing in with the company's own account: the authorization code flow with PKCE of OpenID Connect, by ASP.NET Core's
/// handler. What comes of it is a session of ours like any other.
/// </summary>
static class CompanySignIn
{
    public const string Scheme = "company", Address = "/entrar/empresa", Back = "/entrar/empresa/vuelta", Refused = "/entrar?empresa=no";

    public static void AddCompanySignIn(this AuthenticationBuilder authentication, CompanyOptions? company)
    {
        if (company is null) return;
        authentication.AddOpenIdConnect(Scheme, options =>
        {
            (options.Authority, options.ClientId, options.ClientSecret) = (company.Authority.AbsoluteUri, company.ClientId, company.ClientSecret);
            options.RequireHttpsMetadata = company.Authority.Scheme == Uri.UriSchemeHttps;
            (options.ResponseType, options.ResponseMode, options.UsePkce) = (OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query, true);
            (options.CallbackPath, options.SignInScheme) = (Back, Screens.HalfScheme);
            (options.MapInboundClaims, options.SaveTokens, options.DisableTelemetry) = (false, false, true);
            options.Scope.Add("email");
            options.ClaimActions.Remove("iss"); // whose name the subject is
            // Coming back is an ordinary link, so that these need not be open to other sites' forms.
            foreach (var cookie in (CookieBuilder[])[options.NonceCookie, options.CorrelationCookie]) (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
            options.Events.OnRedirectToIdentityProvider = context =>
            {
                if (context.HttpContext.RequestServices.GetRequiredService<PublicAddress>().Configured is { } site) context.ProtocolMessage.RedirectUri = site.AbsoluteUri.TrimEnd('/') + Back;
                return Task.CompletedTask;
            };
            options.Events.OnTicketReceived = Enter;
            options.Events.OnRemoteFailure = context =>
            {
                Log(context.HttpContext).LogWarning("A sign-in with the company's account failed: {Reason}", context.Failure?.GetType().Name);
                context.Response.Redirect(Refused);
                context.HandleResponse();
                return Task.CompletedTask;
            };
        });
    }

    public static void MapCompanySignIn(this WebApplication app) => app.MapGet(Address, static async (HttpContext http, ServerOptions options, string? volver) =>
    {
        if (options.Company is null) return Results.NotFound();
        try
        {
            await http.ChallengeAsync(Scheme, new AuthenticationProperties { RedirectUri = SignedIn.Local(volver) });
            return Results.Empty;
        }
        catch (InvalidOperationException e) when (!http.Response.HasStarted)
        {
            Log(http).LogWarning("The company's sign-in cannot be reached: {Reason}", e.InnerException?.GetType().Name ?? e.GetType().Name);
            return Results.Redirect(Refused);
        }
    }).AllowAnonymous().ExcludeFromDescription();

    static async Task Enter(TicketReceivedContext context)
    {
        var http = context.HttpContext;
        var company = http.RequestServices.GetRequiredService<ServerOptions>().Company!;
        var wanted = SignedIn.Local(context.ReturnUri);
        context.HandleResponse();
        try
        {
            if (await http.RequestServices.GetRequiredService<CompanyAccounts>().Find(context.Principal!, company, http.RequestAborted) is { } user)
            {
                await SignedIn.Complete(http, user);
                http.Response.Redirect(wanted);
                return;
            }
        }
        catch (Refusal refusal)
        {
            // What the provider says of this person cannot be written down here, such as an address that is none.
            Log(http).LogWarning("Somebody with a company account could not be added: {Reason}", refusal.Code);
        }

        http.Response.Redirect(Refused);
    }

    static ILogger Log(HttpContext http) => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CompanySignIn));
}
