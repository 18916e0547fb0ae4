using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Presence;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Wallboard.Pages;
using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http.Features;

namespace CallCenter.Wallboard;

/// <summary>
/// The numbers on the wall as they change: a line of JSON each time, with the numbers drawn. The page itself holds none, so a screen that
/// hangs on a wall for months shows what came last, greyed and dated, whatever happens to the link, the server or the database.
/// </summary>
/// <remarks>
/// No circuit: that belongs to a session, and a screen with a secret link has none. What may be seen is asked before every reading.
/// </remarks>
static class BoardApi
{
    public const int StreamsMax = 300;

    /// <summary>However much happens, the numbers are read no oftener.</summary>
    static readonly TimeSpan ReadAtMost = TimeSpan.FromSeconds(1);

    /// <summary>However little happens. A screen that hears nothing for three of these says that it is out of date.</summary>
    static readonly TimeSpan ReadAtLeast = TimeSpan.FromSeconds(3);

    /// <summary>A number is judged so often; two judgements that agree change what is said of it.</summary>
    static readonly TimeSpan JudgeEvery = TimeSpan.FromSeconds(5);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Which program draws; a page that was made by another one is loaded anew.</summary>
    public static readonly string Version = typeof(BoardApi).Assembly.ManifestModule.ModuleVersionId.ToString("n");

    static int open;

    public static void MapWallboard(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(WallboardAddress.StreamOf(null), (HttpContext http, ApiCallers callers, Personnel personnel) => Stream(http, async stop =>
            await callers.IsStillHere(http.User, stop) && personnel.RightsOf(Viewer.IdOf(http.User)) is { UsesCallCenter: true } rights ? BoardScope.Of(rights, Viewer.Of(http.User)!.Zone) : null, tellsLine: true))
            .RequireAuthorization(Policy.Calls).ExcludeFromDescription();
        routes.MapGet(WallboardAddress.StreamOf("{token}"), (string token, HttpContext http, KioskLinks links) => Stream(http, stop => links.Look(token, stop), tellsLine: false))
            .AllowAnonymous().RequireRateLimiting(Screens.GuessLimit).ExcludeFromDescription();
    }

    /// <param name="look">What may be seen now; null when nothing may.</param>
    /// <param name="tellsLine">The line that was asked for is named, which is a telephone number.</param>
    static async Task Stream(HttpContext http, Func<CancellationToken, Task<BoardScope?>> look, bool tellsLine)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            if (Interlocked.Increment(ref open) > StreamsMax) http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            else if (await look(ended.Token) is null) http.Response.StatusCode = StatusCodes.Status404NotFound;
            else await new Sender(http, look, tellsLine).Run(ended.Token);
        }
        catch (Exception e) when (Db.IsOutage(e) && !http.Response.HasStarted)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The screen was switched off, or the server stops.
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    /// <param name="At">Until when it is true, in ms.</param>
    /// <param name="IsAway">The database does not answer: what came last is out of date.</param>
    /// <param name="IsOver">Nothing may be seen any more.</param>
    sealed record Told(string Version, long At = 0, string? Zone = null, string? Html = null, bool IsAway = false, bool IsOver = false);

    sealed class Sender(HttpContext http, Func<CancellationToken, Task<BoardScope?>> look, bool tellsLine) : ISight
    {
        readonly IServiceProvider services = http.RequestServices;
        readonly TimeProvider clock = http.RequestServices.GetRequiredService<TimeProvider>();
        readonly WallboardAddress address = WallboardAddress.Read($"{http.Request.Path}{http.Request.QueryString}");
        readonly Dictionary<Measure, Judgement> judged = [];
        readonly SemaphoreSlim told = new(0);
        DateTimeOffset judgedAt = DateTimeOffset.MinValue;

        public CallScope Calls { get; private set; } = CallScope.None;

        public event Action? Changed
        {
            add { }
            remove { }
        }

        public async Task Run(CancellationToken stop)
        {
            http.Response.ContentType = "application/x-ndjson; charset=utf-8";
            http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold lines back
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var (presence, cases) = (services.GetRequiredService<PresenceBook>(), services.GetRequiredService<CaseBoard>());
            void Hear() => told.Release();
            void HearOf(string? whose) => told.Release();
            presence.Changed += HearOf;
            cases.Changed += Hear;
            using var watch = services.GetRequiredService<LiveFeed>().Follow(this);
            try
            {
                while (await Send(stop))
                {
                    await Task.Delay(ReadAtMost, clock, stop);
                    await Wait(watch, stop);
                }
            }
            finally
            {
                presence.Changed -= HearOf;
                cases.Changed -= Hear;
            }
        }

        /// <summary>False when it was the last line.</summary>
        async Task<bool> Send(CancellationToken stop)
        {
            Told line;
            try
            {
                if (await look(stop) is { } scope)
                {
                    Calls = scope.Calls;
                    var figures = await services.GetRequiredService<BoardDesk>().Read(scope, address.Team, address.Line, stop);
                    Judge(figures);
                    line = new(Version, figures.ReadAt.ToUnixTimeMilliseconds(), scope.Zone.Id, await Draw(figures));
                }
                else line = new(Version, IsOver: true);
            }
            catch (Exception e) when (Db.IsOutage(e) && !stop.IsCancellationRequested)
            {
                line = new(Version, IsAway: true);
            }

            await http.Response.WriteAsync(JsonSerializer.Serialize(line, Json) + "\n", stop);
            await http.Response.Body.FlushAsync(stop);
            return !line.IsOver;
        }

        void Judge(BoardFigures figures)
        {
            var isTime = figures.ReadAt - judgedAt >= JudgeEvery;
            if (isTime) judgedAt = figures.ReadAt;
            foreach (var measure in Enum.GetValues<Measure>())
            {
                var (before, level) = (judged.GetValueOrDefault(measure), figures.LevelOf(measure));
                if (isTime || before.Shown is null || level is null) judged[measure] = before.Next(level);
            }
        }

        async Task<string> Draw(BoardFigures figures)
        {
            // A renderer of its own each time: it keeps whatever it has drawn.
            await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
            var given = ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(Board.Figures)] = figures,
                [nameof(Board.Judged)] = judged,
                [nameof(Board.ShowsQueues)] = address.ShowsQueues,
                [nameof(Board.Line)] = tellsLine && address.Line is { } line ? CallNames.Line(line, services.GetRequiredService<IPhoneSystems>().HomeCountry(null)) : null,
            });
            return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<Board>(given)).ToHtmlString());
        }

        /// <summary>Until something happened that may be seen, or it is time to look again.</summary>
        async Task Wait(LiveFeed.Watch watch, CancellationToken stop)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            over.CancelAfter(ReadAtLeast - ReadAtMost);
            try
            {
                await Task.WhenAny(watch.Changes.WaitToReadAsync(over.Token).AsTask(), told.WaitAsync(over.Token)).Unwrap();
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // It is time.
            }
            finally
            {
                await over.CancelAsync();
            }

            while (watch.Changes.TryRead(out _))
            {
                // All of it is in what is read now.
            }

            while (told.Wait(0, stop))
            {
                // The same.
            }
        }
    }
}
