using System.ComponentModel;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Telephony;

/// <summary>Calls placed and ended for people by programs and screens: whose telephone may be told to is decided here.</summary>
static class PlacingApi
{
    const int BodyMax = 4 * 1024;

    public static void MapPlacingApi(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/calls/{id}/hangup", HangUp).WithTags("Calls").RequireAuthorization(ApiScope.CallsPlace)
            .WithName("hangUp").WithSummary("Hangs up for the operator who is on a call")
            .WithDescription(
                "Only on connections where an administrator switched control on. People hang up for themselves; a program, which needs `calls:read` too, for whoever of its teams is on the call. "
                + "`202` says that the phone system does it; that the call is over is told as of any other.")
            .Produces(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        app.MapPost("/api/calls/place", Place)
            .WithTags("Calls").RequireAuthorization(ApiScope.CallsPlace).WithMetadata(new RequestSizeLimitAttribute(BodyMax))
            .WithName("placeCall").WithSummary("Rings an operator's own telephone and dials a number when it is picked up")
            .WithDescription(
                "Only on connections where an administrator switched control on. People call with an extension of their own; a program says `person` or an `extension` that is "
                + "somebody's. One call in 3 seconds for each person. `202` says that the phone system does it; what becomes of the call is told as of any other.")
            .Produces<CallBeingPlaced>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    static async Task<IResult> Place([FromBody] CallToPlace body, HttpContext http, CallControl control, ApiCallers callers, ApiKeys keys, Personnel personnel, TimeProvider clock)
    {
        var (roster, now) = (personnel.Now, clock.GetUtcNow());
        if (body.Connection is null) throw new Refusal(RefusalKind.NotFound, "connection.unknown", "");
        string person, extension;
        if (callers.RightsOf(http.User)?.User is { } self)
        {
            if (body.Person is { Length: > 0 } named && Named(roster, named) != self) throw new Refusal(RefusalKind.Forbidden, "control.foreign-extension");
            person = self;
            extension = ExtensionOf(self);
        }
        else
        {
            var owner = body.Extension is { Length: > 0 } given ? roster.UserOf(body.Connection, given, now) : null;
            person = body.Person is { Length: > 0 } named ? Named(roster, named) ?? throw new Refusal(RefusalKind.Invalid, "case.no-such-person", named)
                : body.Extension is not { Length: > 0 } ? throw new Refusal(RefusalKind.Invalid, "control.whose")
                : owner ?? throw new Refusal(RefusalKind.Forbidden, "control.foreign-extension");
            // A key of some teams calls for nobody else.
            if (ApiAccess.KeyOf(http.User) is { } key && keys.TeamsOf(key) is { } teams && !roster.OwnTeams(person, now).Any(teams.Contains))
                throw new Refusal(RefusalKind.Forbidden, "control.foreign-extension");
            extension = ExtensionOf(person);
        }

        var placed = await control.Place(new CallWish(body.Connection, extension, body.To, person), callers.ActorOf(http.User), http.RequestAborted);
        return Results.Json(new CallBeingPlaced(placed.Connection, extension, placed.To, person, placed.Call), CallJson.Options, statusCode: StatusCodes.Status202Accepted);

        string ExtensionOf(string user)
        {
            if (body.Extension is { Length: > 0 } wanted)
                return roster.UserOf(body.Connection, wanted, now) == user ? wanted : throw new Refusal(RefusalKind.Forbidden, "control.foreign-extension");
            return control.Choose(body.Connection, roster.Extensions
                .Where(known => known.User == user && known.Connection == body.Connection && known.When.Contains(now)).Select(known => known.Name));
        }
    }

    static async Task<IResult> HangUp([Description("The call's `id`")] string id, HttpContext http, CallControl control, CallLog log, ApiCallers callers, ApiKeys keys, Personnel personnel, TimeProvider clock)
    {
        var (roster, now) = (personnel.Now, clock.GetUtcNow());
        var call = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? await log.Find(callers.SightOf(http.User).Calls, number, http.RequestAborted) : null;
        if (call is null) throw new Refusal(RefusalKind.NotFound, "call.unknown", id);
        var self = callers.RightsOf(http.User)?.User;
        var teams = self is null && ApiAccess.KeyOf(http.User) is { } key ? keys.TeamsOf(key) : null;
        await control.HangUp(call, name => roster.UserOf(call.Connection, name, now) is { } person && (self is not null ? person == self : teams is null || roster.OwnTeams(person, now).Any(teams.Contains)),
            callers.ActorOf(http.User), http.RequestAborted);
        return Results.Accepted();
    }

    static string? Named(Roster roster, string text) => roster.People.ContainsKey(text) ? text
        : roster.People.Values.FirstOrDefault(person => person.Email.Equals(text, StringComparison.OrdinalIgnoreCase))?.Id;
}

/// <summary>A call that somebody wants.</summary>
sealed class CallToPlace
{
    [Description("The id of the connection, as in `connection` of calls")]
    public required string Connection { get; init; }

    [Description("Digits, with `+` before them and `*` and `#` among them; nothing else")]
    public required string To { get; init; }

    [Description("The operator's own telephone; needed only where somebody has several")]
    public string? Extension { get; init; }

    [Description("For whom, by id or email; a program says it, or an extension")]
    public string? Person { get; init; }
}

/// <param name="Extension">Whose telephone rings.</param>
/// <param name="Call">The call's id at the phone system, where it is known at once.</param>
sealed record CallBeingPlaced(string Connection, string Extension, string To, string Person, string? Call);
