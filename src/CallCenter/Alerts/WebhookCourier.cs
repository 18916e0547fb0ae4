using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Channels;
using CallCenter.Storage;

namespace CallCenter.Alerts;

/// <summary>
/// Brings what waits to the webhooks, from one node at a time. A try is written down after its answer and not before: killed in
/// between it is made again, with the same id, so everything arrives at least once.
/// </summary>
sealed class WebhookCourier : BackgroundService
{
    /// <summary>An answer's first bytes let its connection be used again; who says more is cut off.</summary>
    const int AnswerMax = 1024;
    const int HeadersMaxKb = 16;
    const int ConnectionsMax = 2;

    static readonly TimeSpan AnsweredWithin = TimeSpan.FromSeconds(10), LookEvery = TimeSpan.FromSeconds(5), PruneEvery = TimeSpan.FromHours(1);

    readonly Db db;
    readonly Webhooks webhooks;
    readonly Deliveries deliveries;
    readonly AlertBoard board;
    readonly AlertNews news;
    readonly TimeProvider clock;
    readonly ILogger<WebhookCourier> logger;
    readonly HttpClient http;
    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    DateTimeOffset prunedAt;

    public WebhookCourier(Db db, Webhooks webhooks, Deliveries deliveries, AlertBoard board, AlertNews news, WebhookOptions options, TimeProvider clock, ILogger<WebhookCourier> logger, TimeSpan? answeredWithin = null)
    {
        (this.db, this.webhooks, this.deliveries, this.board, this.news, this.clock, this.logger) = (db, webhooks, deliveries, board, news, clock, logger);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // it could lead inside
            UseProxy = false, // which would connect in our place, wherever to
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = ConnectionsMax,
            MaxResponseHeadersLength = HeadersMaxKb,
            MaxResponseDrainSize = AnswerMax,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        if (!options.AllowPrivate) handler.ConnectCallback = OutsideOnly.Connect;
        http = new HttpClient(handler) { Timeout = answeredWithin ?? AnsweredWithin };
    }

    /// <summary>Tries what is due now, to all webhooks at once and to each one thing after another.</summary>
    /// <returns>How many tries were made.</returns>
    public async Task<int> Run(CancellationToken stop = default)
    {
        var due = await deliveries.Due(stop);
        return (await Task.WhenAll(due.Select(some => Bring(some, stop)))).Sum();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        news.Changed += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
                if (!await Work(stoppingToken)) await Next(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            news.Changed -= Wake;
        }
    }

    public override void Dispose()
    {
        http.Dispose();
        base.Dispose();
    }

    /// <returns>Whether there may be more to do at once.</returns>
    async Task<bool> Work(CancellationToken stop)
    {
        try
        {
            await using var held = await db.Hold("webhooks-out", stop);
            if (held is null) return false; // another node brings them
            if (clock.GetUtcNow() - prunedAt > PruneEvery)
            {
                if (await deliveries.Prune(stop) + await board.Prune(stop) > 0) return true;
                prunedAt = clock.GetUtcNow();
            }

            return await Run(stop) > 0;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            if (Db.IsOutage(e)) logger.LogWarning("Webhooks could not be looked after, trying again: {Reason}", e.Message);
            else logger.LogError(e, "Webhooks could not be looked after, trying again");
            return false;
        }
    }

    async Task Next(CancellationToken stop)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        waiting.CancelAfter(LookEvery);
        try
        {
            await wake.Reader.ReadAsync(waiting.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Nobody woke us; something may be due all the same.
        }
    }

    void Wake() => wake.Writer.TryWrite(true);

    /// <summary>Until one fails: what comes after would fail as well, and others wait.</summary>
    async Task<int> Bring(List<DueDelivery> some, CancellationToken stop)
    {
        for (var tried = 0; tried < some.Count; tried++)
        {
            if (await Try(some[tried], stop) is not { } came) return tried;
            await deliveries.Record(some[tried], came);
            if (came.Fault is not { } fault) continue;
            // Not the address, which can be a secret, nor what was answered.
            logger.LogInformation("Webhook {Webhook} did not take {Delivery} (try {Try}): {Fault} {Status}", some[tried].Webhook, some[tried].Id, some[tried].Attempts + 1, fault, came.Status);
            return tried + 1;
        }

        return some.Count;
    }

    /// <summary>Null when the webhook is switched off or gone meanwhile.</summary>
    async Task<DeliveryTry?> Try(DueDelivery due, CancellationToken stop)
    {
        try
        {
            if (await webhooks.Open(due.Webhook, stop) is not { } open) return null;
            using var request = StandardWebhook.Request(open.Url, open.Secrets, due.Id, clock.GetUtcNow(), due.Body);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            return answer.IsSuccessStatusCode
                ? new DeliveryTry((int)answer.StatusCode, null)
                : new DeliveryTry((int)answer.StatusCode, answer.StatusCode == HttpStatusCode.Gone ? DeliveryFault.Gone : DeliveryFault.Status, RetryAfter(answer));
        }
        catch (Exception e) when (!stop.IsCancellationRequested && FaultOf(e) is { } fault)
        {
            return new DeliveryTry(null, fault);
        }
    }

    TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } at } => at - clock.GetUtcNow(),
        _ => null,
    };

    static DeliveryFault? FaultOf(Exception e) => e switch
    {
        OperationCanceledException => DeliveryFault.Timeout,
        CryptographicException => DeliveryFault.Unsigned,
        HttpRequestException { InnerException: InsideAddressException } => DeliveryFault.InsideAddress,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }
            or HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } => DeliveryFault.UnknownHost,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => DeliveryFault.Tls,
        HttpRequestException => DeliveryFault.Unreachable,
        _ => null,
    };
}
