using System.Threading.Channels;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Routing;

/// <summary>
/// Tells phone systems what to do with calls where the answer to their request is not the place for it, and never in the way of who
/// waits for his answer.
/// </summary>
sealed class RoutingOrders(CloudDoor cloud, ILogger<RoutingOrders> logger) : BackgroundService
{
    const int WaitingMax = 1000;
    const int AtOnce = 8;

    readonly Channel<(string Connection, IReadOnlyList<WebOrder> Orders)> waiting = Channel.CreateBounded<(string, IReadOnlyList<WebOrder>)>(WaitingMax);

    public void Send(string connection, IReadOnlyList<WebOrder> orders)
    {
        if (!waiting.Writer.TryWrite((connection, orders))) logger.LogWarning("Too many calls of {Connection} wait to be routed; one is left to itself", connection);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Parallel.ForEachAsync(waiting.Reader.ReadAllAsync(stoppingToken),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, Tell);

    async ValueTask Tell((string Connection, IReadOnlyList<WebOrder> Orders) call, CancellationToken stop)
    {
        try
        {
            foreach (var order in call.Orders)
            {
                var answer = await cloud.Send(order, stop);
                if (answer.Fate == OrderFate.Taken) return;
                logger.LogWarning("{Connection} was told what to do with a call and does not: {Fate} {Said}", call.Connection, answer.Fate, answer.Said);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            logger.LogError(e, "A call of {Connection} could not be routed", call.Connection); // the others still can
        }
    }
}
