using System.Threading.RateLimiting;
using CallCenter.Live;
using CallCenter.Quotes.Pages;
using CallCenter.SigningIn;
using CallCenter.Teams;
using CallCenter.Wallboard.Pages;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Localization;
using Radzen;

namespace CallCenter.Web;

/// <summary>What the screens need: signing in, languages, Blazor, and headers that keep a page from doing what it should not.</summary>
static class Screens
{
    /// <summary>The authentication scheme of people; programs have API keys.</summary>
    public const string Scheme = "session";

    /// <summary>Of who gave the right password and still owes a code; opens nothing.</summary>
    public const string HalfScheme = "password-given";

    /// <summary>Guesses a minute from one address: at the sign-in, the set-up, and of secret links to quotes and wallboards.</summary>
    public const int GuessesMax = 30;

    public const string GuessLimit = "guesses";

    static readonly TimeSpan CodeWithin = TimeSpan.FromMinutes(5);

    // Radzen's components carry style attributes; scripts come from our own files only. Inline handlers (onclick="...")
    // are refused, so Radzen's drop-downs and date pickers do not work here: use the browser's own.
    const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static readonly string[] Languages = ["es", "en"];

    public static void AddScreens(this IServiceCollection services, CompanyOptions? company)
    {
        services.AddSingleton<SignedIn>();
        services.AddSingleton<SetUpCode>().AddHostedService(provider => provider.GetRequiredService<SetUpCode>());
        services.AddAuthentication(Scheme).AddCookie(Scheme, cookie =>
        {
            cookie.Cookie.Name = "callcenter";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = Sessions.IdleMax;
            cookie.SlidingExpiration = true;
            cookie.EventsType = typeof(SignedIn);
        }).AddCookie(HalfScheme, cookie =>
        {
            cookie.Cookie.Name = "callcenter-code";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = CodeWithin;
            cookie.SlidingExpiration = false;
        }).AddCompanySignIn(company);
        Policy.Add(services);
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, StillSignedIn>();
        services.AddScoped<Sight>().AddScoped<ISight>(provider => provider.GetRequiredService<Sight>());
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "callcenter-form";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            // A screen's own link begins with a POST as well; a whole office that opens its screens behind one address is guessing nothing.
            // Where a secret in the address is all that is asked for, looking is a guess too.
            limits.AddPolicy(GuessLimit, http => http.Request.Path.StartsWithSegments(OfferPage.Path) ? Guesses($"{OfferPage.Path} {http.Connection.RemoteIpAddress}")
                : WallboardAddress.IsLookedAtBySecret(http.Request.Path) ? Guesses($"{WallboardAddress.Path} {http.Connection.RemoteIpAddress}")
                : HttpMethods.IsPost(http.Request.Method) && !http.Request.Path.StartsWithSegments("/_blazor") ? Guesses($"{http.Connection.RemoteIpAddress}")
                : RateLimitPartition.GetNoLimiter(""));
            static RateLimitPartition<string> Guesses(string who) => RateLimitPartition.GetFixedWindowLimiter(who, _ => new FixedWindowRateLimiterOptions { PermitLimit = GuessesMax, Window = TimeSpan.FromMinutes(1) });
        });

        services.Configure<RequestLocalizationOptions>(localization =>
        {
            localization.AddSupportedCultures(Languages).AddSupportedUICultures(Languages).SetDefaultCulture("es");
            localization.RequestCultureProviders =
            [
                new CustomRequestCultureProvider(http => Task.FromResult(
                    Viewer.Of(http.User)?.Language is { } language ? new ProviderCultureResult(language) : null)),
                new AcceptLanguageHeaderRequestCultureProvider(),
            ];
        });
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 200;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
        }).AddHubOptions(hub =>
        {
            // A dead socket shows within five seconds (product.md E.8.7): the page waits no longer than three of these.
            hub.KeepAliveInterval = TimeSpan.FromSeconds(1.5);
            hub.ClientTimeoutInterval = TimeSpan.FromSeconds(60);
            hub.MaximumReceiveMessageSize = 64 * 1024;
        });
        services.AddRadzenComponents();
    }

    public static void UseScreens(this WebApplication app)
    {
        app.Use(static (http, next) =>
        {
            Guard(http.Response.Headers);
            return next(http);
        });
        app.UseAuthentication();
        app.Use(FirstVisit);
        app.UseRequestLocalization();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();

        // Beside the built program; a test's own program has no files to show.
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, $"{app.Environment.ApplicationName}.staticwebassets.endpoints.json")))
            app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(render => render.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization().RequireRateLimiting(GuessLimit);
    }

    static void Guard(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    /// <summary>As long as nobody can sign in, every page is the one that creates the administrator; afterwards it is none.</summary>
    static async Task FirstVisit(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is { Type: var page })
        {
            var exists = await http.RequestServices.GetRequiredService<Users>().AnyExists(http.RequestAborted);
            if (exists == (page == typeof(SetUpPage)))
            {
                http.Response.Redirect(exists ? "/entrar" : "/configuracion-inicial");
                return;
            }
        }

        await next(http);
    }
}
