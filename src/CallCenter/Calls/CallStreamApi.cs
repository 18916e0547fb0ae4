using System.Buffers;
using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Web;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Calls;

/// <summary>
/// Changes of calls as server-sent events. The id of an event is the call's version, and the log can be read by version:
/// so a client that was away, or that reads slowly, is served from the log and this server remembers nothing of it.
/// </summary>
/// <remarks>The format: https://html.spec.whatwg.org/multipage/server-sent-events.html</remarks>
static class CallStreamApi
{
    public const int StreamsMax = 500;

    static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);
    static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan CheckPeopleEvery = TimeSpan.FromSeconds(3);

    static int open;

    public static void Map(RouteGroupBuilder calls) =>
        calls.MapGet("stream", Stream).WithName("streamCalls").WithSummary("Changes of calls as they happen, as server-sent events")
            .WithDescription(
                """
                Each event is named `call`, its `id` is the call's `version` and its `data` the call as it is now. Without `Last-Event-ID` the stream
                starts with now; with it, with what changed since: nothing is left out, and a call that changed several times meanwhile comes once, as
                it is now. A comment line comes every 15 seconds when nothing else does. An event named `reset` says that the id sent was never
                given out by this database (a backup was restored), or that other calls may be seen now than before: read the list again. An event
                named `gone` with an `id` says that a call in progress that was sent is not yours to see any more. The stream ends when the key is revoked.
                """)
            .Produces<string>(contentType: "text/event-stream").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    static async Task Stream(
        HttpContext http, CallLog log, LiveFeed feed, ApiCallers callers, IHostApplicationLifetime life, TimeProvider clock,
        [FromHeader(Name = "Last-Event-ID"), Description("The id of the last event that was received")] string? lastEventId = null,
        [FromQuery(Name = "last_event_id"), Description("The same, for clients that cannot set a header")] string? lastEventIdInQuery = null)
    {
        CallApi.MustKnow(http.Request.Query, ["last_event_id"]);
        var since = IdOf(string.IsNullOrEmpty(lastEventId) ? lastEventIdInQuery : lastEventId);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        var watched = Task.CompletedTask;
        try
        {
            if (Interlocked.Increment(ref open) > StreamsMax) throw new Refusal(RefusalKind.Unavailable, "api.too-many-streams", StreamsMax);
            watched = EndWithTheRight(http, callers, clock, ended);
            await new Sender(http.Response, log, feed, callers.SightOf(http.User), clock).Run(since, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client left, the server stops, or the right to listen ended.
        }
        finally
        {
            Interlocked.Decrement(ref open);
            await ended.CancelAsync();
            await watched;
        }
    }

    static long? IdOf(string? text) => string.IsNullOrEmpty(text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : throw new Refusal(RefusalKind.Invalid, "api.bad-event-id", text);

    /// <summary>A stream lasts for hours; the key may be revoked and the person signed out meanwhile.</summary>
    static async Task EndWithTheRight(HttpContext http, ApiCallers callers, TimeProvider clock, CancellationTokenSource ended)
    {
        try
        {
            using var timer = new PeriodicTimer(ApiAccess.KeyOf(http.User) is null ? CheckPeopleEvery : CheckEvery, clock);
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                try
                {
                    if (callers.May(http.User, ApiScope.CallsRead) && await callers.IsStillHere(http.User, ended.Token)) continue;
                    await ended.CancelAsync();
                }
                catch (Exception e) when (Db.IsOutage(e))
                {
                    // While the database is away there is nothing to hear either.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The stream ended.
        }
    }

    sealed class Sender(HttpResponse response, CallLog log, LiveFeed feed, ISight sight, TimeProvider clock)
    {
        readonly ArrayBufferWriter<byte> text = new();

        /// <summary>Calls in progress that the client knows of, so that it can be told when they become somebody else's.</summary>
        readonly HashSet<long> known = [];
        CallScope scope = sight.Calls;
        long sent;

        public async Task Run(long? since, CancellationToken stop)
        {
            // First the ear, then the log: what comes between the two is heard, and what is in both is sent once.
            using var watch = feed.Follow(ISight.Machine);
            var newest = await log.NewestVersion(stop);
            sent = since ?? newest;

            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
            response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            Write("retry: 2000\n\n");
            if (sent > newest)
            {
                sent = newest;
                WriteReset();
            }

            await Flush(stop);
            await SendFromLog(stop);
            while (await Wait(watch, stop))
            {
                while (watch.Changes.TryRead(out var changed))
                {
                    LookAnew();
                    foreach (var call in changed) Pass(call);
                    await Flush(stop);
                }

                if (watch.TakeLost()) await SendFromLog(stop);
            }
        }

        async Task SendFromLog(CancellationToken stop)
        {
            while (await Next(stop) is { } page)
            {
                LookAnew();
                foreach (var call in page.Calls) Pass(call);
                sent = Math.Max(sent, page.Until);
                await Flush(stop);
                if (!page.IsMore) return;
            }
        }

        async Task<ChangePage> Next(CancellationToken stop)
        {
            while (true)
            {
                try
                {
                    return await log.ChangedAfter(CallScope.Machine, sent, CallLog.PageMax, stop);
                }
                catch (Exception e) when (Db.IsOutage(e) && !stop.IsCancellationRequested)
                {
                    await Task.Delay(CheckEvery, clock, stop); // the client stays; it misses nothing
                }
            }
        }

        /// <summary>Until something changed; a sign of life meanwhile, so that both ends notice a dead link.</summary>
        async Task<bool> Wait(LiveFeed.Watch watch, CancellationToken stop)
        {
            var changed = watch.Changes.WaitToReadAsync(stop).AsTask();
            for (var silent = TimeSpan.Zero; ; silent += CheckEvery)
            {
                LookAnew();
                if (silent >= HeartbeatEvery)
                {
                    // With the place, because what was passed over for other eyes need not be looked at again.
                    Write(string.Create(CultureInfo.InvariantCulture, $"id: {sent}\n: still here\n\n"));
                    silent = TimeSpan.Zero;
                }

                await Flush(stop);
                try
                {
                    return await changed.WaitAsync(CheckEvery, clock, stop);
                }
                catch (TimeoutException)
                {
                    // Nothing yet.
                }
            }
        }

        /// <summary>What may be seen can change while somebody listens.</summary>
        void LookAnew()
        {
            if (sight.Calls is var now && now.Equals(scope)) return;
            scope = now;
            known.Clear();
            WriteReset();
        }

        /// <summary>Sends a change that is news to the client and for its eyes.</summary>
        void Pass(Call call)
        {
            if (call.Version <= sent) return;
            sent = call.Version;
            if (scope.Allows(call))
            {
                if (call.State != CallState.Ended) known.Add(call.Id);
                else known.Remove(call.Id);
                Write(call);
            }
            else if (known.Remove(call.Id))
            {
                Write(string.Create(CultureInfo.InvariantCulture, $"id: {call.Version}\nevent: gone\ndata: {{\"id\":{call.Id}}}\n\n"));
            }
        }

        void WriteReset() => Write(string.Create(CultureInfo.InvariantCulture, $"id: {sent}\nevent: reset\ndata: {{}}\n\n"));

        void Write(Call call)
        {
            Write($"id: {call.Version.ToString(CultureInfo.InvariantCulture)}\nevent: call\ndata: ");
            using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = CallJson.Options.Encoder }))
                JsonSerializer.Serialize(json, call, CallJson.Options);
            Write("\n\n");
        }

        void Write(string part) => Encoding.UTF8.GetBytes(part, text);

        async Task Flush(CancellationToken stop)
        {
            if (text.WrittenCount == 0) return;
            await response.BodyWriter.WriteAsync(text.WrittenMemory, stop);
            text.ResetWrittenCount();
        }
    }
}
