using System.Diagnostics;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony;

/// <summary>What tests of direct connections wait for and compare.</summary>
static class LineWatching
{
    public static readonly LineLimits Quick = new()
    {
        ConnectWithin = TimeSpan.FromSeconds(2),
        LoginWithin = TimeSpan.FromSeconds(2),
        PingEvery = TimeSpan.FromMilliseconds(200),
        AnswerWithin = TimeSpan.FromMilliseconds(200),
        RetryFirst = TimeSpan.FromMilliseconds(40),
        RetryMax = TimeSpan.FromMilliseconds(200),
        RetryRefused = TimeSpan.FromMinutes(5),
        Steady = TimeSpan.FromMilliseconds(500),
        HoldEvery = TimeSpan.FromMilliseconds(100),
        SnapshotWithin = TimeSpan.FromMilliseconds(500),
        TellEvery = TimeSpan.FromMilliseconds(50),
        CommitRetryFirst = TimeSpan.FromMilliseconds(20),
        CommitRetryMax = TimeSpan.FromMilliseconds(100),
        DrainWithin = TimeSpan.FromSeconds(5),
    };

    public static async Task<LineStatus> StatusOf(House house, Connection line, Func<LineStatus, bool> isIt)
    {
        LineStatus? status = null;
        await Eventually(() => Task.FromResult((status = house.Lines.Find(line.Id)) is not null && isIt(status)), say: () => $"{status}");
        return status!;
    }

    public static Task Until(House house, Connection line, Func<IReadOnlyList<Call>, bool> isIt, double within = 10)
    {
        IReadOnlyList<Call> calls = [];
        return Eventually(async () =>
        {
            calls = await house.Calls();
            return isIt(calls) && house.Lines.Find(line.Id)!.Waiting == 0;
        }, within, () => $"{house.Lines.Find(line.Id)}\n{string.Join("\n", calls.Select(call => $"{call.ProviderCallId} {call.State}"))}");
    }

    public static async Task Eventually(Func<Task<bool>> isIt, double within = 10, Func<string>? say = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await isIt())
        {
            if (watch.Elapsed.TotalSeconds > within) Assert.Fail($"not within {within} s; last seen: {say?.Invoke()}");
            await Task.Delay(10);
        }
    }

    /// <summary>Nothing can be written until this is let go.</summary>
    public static async Task<IAsyncDisposable> Blocked(House house)
    {
        var let = new TaskCompletionSource();
        var isBlocked = new TaskCompletionSource();
        var writing = house.Db.Write(async tx =>
        {
            if (tx.IsPostgres) await tx.Run("lock table counters in access exclusive mode");
            isBlocked.SetResult();
            await let.Task;
        });
        await await Task.WhenAny(isBlocked.Task, writing);
        return new Letting(let, writing);
    }

    sealed class Letting(TaskCompletionSource let, Task writing) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            let.TrySetResult();
            await writing;
        }
    }

    /// <summary>Everything of a call that does not hang on the clock: played at another speed it must be the same.</summary>
    public static List<string> Shapes(IEnumerable<Call> calls) => [.. calls.OrderBy(call => call.ProviderCallId, StringComparer.Ordinal).Select(call => string.Join(" | ",
        call.ProviderCallId, call.Direction, call.From?.Raw, call.To?.Raw, call.CustomerNumber, call.Line, call.Operator, call.Outcome, call.Stale,
        string.Join(", ", call.Queues.Select(visit => $"{visit.Queue} {visit.Reason}")),
        string.Join(", ", call.Attempts.Select(attempt => $"{attempt.Leg} {attempt.Operator} {attempt.Role} {attempt.Result}").Order(StringComparer.Ordinal)),
        string.Join(", ", call.Transfers.Select(transfer => $"{transfer.Kind} {transfer.From} {transfer.To}")),
        call.Holds.Count))];
}
