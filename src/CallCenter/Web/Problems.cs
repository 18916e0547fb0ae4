using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Web;

/// <summary>What goes wrong in the API, as problem details (RFC 9457) with a sentence that says what to do.</summary>
static class Problems
{
    const string RetrySeconds = "2";

    /// <summary>Put before everything that answers under <c>/api</c>.</summary>
    public static async Task Answer(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (Refusal refusal) when (!http.Response.HasStarted)
        {
            await Write(http, StatusOf(refusal.Kind), refusal.Code, Sentences.Of(refusal));
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await Write(http, e.StatusCode, "api.bad-request", e.Message);
        }
        catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested && Db.IsOutage(e))
        {
            http.Response.Headers.RetryAfter = RetrySeconds;
            await Write(http, StatusCodes.Status503ServiceUnavailable, "storage.unavailable", "The database does not answer; try again in some seconds.");
        }
        catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Problems)).LogError(e, "A request to the API failed");
            await Write(http, StatusCodes.Status500InternalServerError, "internal", "This is a fault of the program; its log says more.");
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Who asked has gone.
        }
    }

    public static Task Write(HttpContext http, int status, string code, string sentence)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/problem+json";
        return http.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            type = "about:blank",
            title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            status,
            detail = sentence.Length == 0 ? sentence : char.ToUpperInvariant(sentence[0]) + sentence[1..],
            code,
        }, CallJson.Options), http.RequestAborted);
    }

    public static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => StatusCodes.Status400BadRequest,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new InvalidOperationException($"No status for {kind}."),
    };
}
