using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Localization;

namespace CallCenter.SigningIn;

/// <summary>What <c>passkey.js</c> asks for: the questions for a device, and keeping a new one. Forms of our own pages only.</summary>
static class PasskeyApi
{
    public static void MapPasskeys(this WebApplication app)
    {
        app.MapPost("/entrar/llave", async (HttpContext http, Passkeys passkeys) => await IsOurForm(http)
            ? Results.Text(await passkeys.AskWhoItIs(http), "application/json") : Results.BadRequest())
            .AllowAnonymous().RequireRateLimiting(Screens.GuessLimit).ExcludeFromDescription();

        app.MapPost("/mi-cuenta/llaves/opciones", async (HttpContext http, Passkeys passkeys, Personnel personnel) => PersonOf(http, personnel) is not { } person
            ? Results.Unauthorized()
            : await IsOurForm(http) ? Results.Text(await passkeys.AskForNew(http, person), "application/json") : Results.BadRequest())
            .RequireAuthorization().ExcludeFromDescription();

        app.MapPost("/mi-cuenta/llaves", async (HttpContext http, Passkeys passkeys, Personnel personnel, IStringLocalizer<Words> words) =>
        {
            if (PersonOf(http, personnel) is not { } person) return Results.Unauthorized();
            if (!await IsOurForm(http)) return Results.BadRequest();
            try
            {
                await passkeys.Add(http, person, $"{http.Request.Form["Name"]}", $"{http.Request.Form["Credential"]}");
                return Results.NoContent();
            }
            catch (Refusal refusal)
            {
                return Results.Text(words[refusal.Code, [.. refusal.Arguments]], statusCode: Problems.StatusOf(refusal.Kind));
            }
        }).RequireAuthorization().ExcludeFromDescription();
    }

    static Person? PersonOf(HttpContext http, Personnel personnel) => Viewer.IdOf(http.User) is { } id ? personnel.Now.People.GetValueOrDefault(id) : null;

    static Task<bool> IsOurForm(HttpContext http) => http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http);
}
