using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Figures;
using CallCenter.Parts;
using CallCenter.Quotes;
using CallCenter.Recovery;
using CallCenter.Reports;
using CallCenter.Telephony;

namespace CallCenter.Web;

/// <summary>The doors for programs, put together.</summary>
static class Api
{
    public static void AddApi(this IServiceCollection services)
    {
        services.AddSingleton<Readiness>();
        ApiAccess.Add(services);
        ApiDocs.Add(services);
    }

    public static void UseApi(this WebApplication app)
    {
        app.UseWhen(static http => http.Request.Path.StartsWithSegments("/api"), static api => api.Use(Problems.Answer));
        app.MapGet("/readyz", (Readiness readiness) => readiness.Answer()).ExcludeFromDescription();
        app.MapCallApi();
        app.MapCaseApi();
        app.MapFigureApi();
        app.MapReportsApi();
        app.MapCustomerApi();
        app.MapPlacingApi();
        app.MapPartApi();
        app.MapSalesApi();
        ApiDocs.Map(app);
        app.Map("/api/{**rest}", (HttpContext http) => throw new Refusal(RefusalKind.NotFound, "api.unknown-address", http.Request.Path.ToString())).ExcludeFromDescription();
    }
}
