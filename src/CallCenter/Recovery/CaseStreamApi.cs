using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Recovery;

/// <summary>Changes of cases as server-sent events, served from the database by version, so that a client that was away misses nothing.</summary>
/// <remarks>The format: https://html.spec.whatwg.org/multipage/server-sent-events.html</remarks>
static class CaseStreamApi
{
    const int StreamsMax = 200;
    const int PageMax = 200;

    static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    /// <summary>The key may be revoked and the person signed out while somebody listens.</summary>
    static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    static int open;

    public static void Map(RouteGroupBuilder cases) =>
        cases.MapGet("stream", Stream).WithName("streamCases").WithSummary("Changes of cases as they happen, as server-sent events")
            .WithDescription(
                """
                Each event is named `case`, its `id` is a version and its `data` the case as it is now. Without `Last-Event-ID` the stream starts with
                now; with it, with what changed since. An event named `gone` with an `id` says that a case that was sent is not yours to see any more, or
                has no missed calls left. An event named `reset` says that the id sent was never given out by this database: read the list again.
                """)
            .Produces<string>(contentType: "text/event-stream").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    static async Task Stream(
        HttpContext http, CaseList list, CaseBoard board, ApiCallers callers, Personnel personnel, IHostApplicationLifetime life, TimeProvider clock,
        [FromHeader(Name = "Last-Event-ID"), Description("The id of the last event that was received")] string? lastEventId = null)
    {
        CallApi.MustKnow(http.Request.Query, []);
        long? since = string.IsNullOrEmpty(lastEventId) ? null
            : long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new Refusal(RefusalKind.Invalid, "api.bad-event-id", lastEventId);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        var heard = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Hear() => heard.Writer.TryWrite(true);
        board.Changed += Hear;
        try
        {
            if (Interlocked.Increment(ref open) > StreamsMax) throw new Refusal(RefusalKind.Unavailable, "api.too-many-streams", StreamsMax);
            await Send(http, list, callers, personnel, clock, since, heard.Reader, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client left, or the server stops.
        }
        finally
        {
            Interlocked.Decrement(ref open);
            board.Changed -= Hear;
        }
    }

    static async Task Send(HttpContext http, CaseList list, ApiCallers callers, Personnel personnel, TimeProvider clock, long? since, ChannelReader<bool> heard, CancellationToken stop)
    {
        var newest = await list.NewestVersion(stop);
        var sent = since ?? newest;
        var known = new HashSet<long>();
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        Task Write(string text) => http.Response.WriteAsync(text, stop);
        await Write("retry: 2000\n\n");
        if (sent > newest)
        {
            sent = newest;
            await Write(string.Create(CultureInfo.InvariantCulture, $"event: reset\nid: {sent}\ndata: {{}}\n\n"));
        }

        for (var silent = TimeSpan.Zero; ;)
        {
            if (await Changes(list, callers.CasesOf(http.User), sent, stop) is { } page && page.Until > sent)
            {
                foreach (var item in page.Cases)
                {
                    known.Add(item.Case.Id);
                    await Write(string.Create(CultureInfo.InvariantCulture, $"event: case\nid: {item.Case.Version}\ndata: {JsonSerializer.Serialize(new CaseAnswer(item, personnel), CallJson.Options)}\n\n"));
                }

                foreach (var id in page.Hidden.Where(known.Remove)) await Write(string.Create(CultureInfo.InvariantCulture, $"event: gone\nid: {page.Until}\ndata: {{\"id\":{id}}}\n\n"));
                (sent, silent) = (page.Until, TimeSpan.Zero);
                await http.Response.Body.FlushAsync(stop);
                if (page.IsMore) continue;
            }

            await http.Response.Body.FlushAsync(stop);
            if (!await Heard(heard, clock, stop)) silent += CheckEvery;
            if (silent >= HeartbeatEvery)
            {
                await Write(string.Create(CultureInfo.InvariantCulture, $"id: {sent}\n: still here\n\n"));
                silent = TimeSpan.Zero;
            }

            if (!callers.May(http.User, ApiScope.CasesRead) || !await IsStillHere(http, callers, stop)) return;
        }
    }

    static async Task<bool> IsStillHere(HttpContext http, ApiCallers callers, CancellationToken stop)
    {
        try
        {
            return await callers.IsStillHere(http.User, stop);
        }
        catch (Exception e) when (Db.IsOutage(e) && !stop.IsCancellationRequested)
        {
            return true; // while the database is away there is nothing to hear either
        }
    }

    /// <summary>Null while the database is away; the client stays and misses nothing.</summary>
    static async Task<CaseChanges?> Changes(CaseList list, CaseScope scope, long sent, CancellationToken stop)
    {
        try
        {
            return await list.ChangedAfter(scope, sent, PageMax, stop);
        }
        catch (Exception e) when (Db.IsOutage(e) && !stop.IsCancellationRequested)
        {
            return null;
        }
    }

    static async Task<bool> Heard(ChannelReader<bool> heard, TimeProvider clock, CancellationToken stop)
    {
        try
        {
            return await heard.ReadAsync(stop).AsTask().WaitAsync(CheckEvery, clock, stop);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
