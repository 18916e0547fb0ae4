using System.Collections.Concurrent;
using System.Threading.Channels;
using CallCenter.Calls;

namespace CallCenter.Live;

/// <summary>
/// Tells everybody who watches that calls changed, after the commit. A watcher that is too slow loses notices, not
/// calls: it is told so and reads again from the <see cref="CallLog"/> by version.
/// </summary>
sealed class LiveFeed
{
    const int BacklogMax = 2048;

    readonly ConcurrentDictionary<Watch, byte> watches = [];
    long newest;

    /// <summary>The highest version told so far.</summary>
    public long Newest => Interlocked.Read(ref newest);

    public int Watching => watches.Count;

    public Watch Follow()
    {
        var watch = new Watch(this);
        watches[watch] = 0;
        return watch;
    }

    public void Tell(IReadOnlyList<Call> changed)
    {
        if (changed.Count == 0) return;
        var highest = changed.Max(call => call.Version);
        for (var seen = Newest; seen < highest; seen = Newest)
            if (Interlocked.CompareExchange(ref newest, highest, seen) == seen) break;
        foreach (var watch in watches.Keys) watch.Hear(changed);
    }

    /// <summary>One watcher's ear.</summary>
    public sealed class Watch(LiveFeed feed) : IDisposable
    {
        readonly Channel<IReadOnlyList<Call>> heard = Channel.CreateBounded<IReadOnlyList<Call>>(
            new BoundedChannelOptions(BacklogMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

        int lost;

        public ChannelReader<IReadOnlyList<Call>> Changes => heard.Reader;

        /// <summary>True once after notices were dropped: what was missed must be read from the log.</summary>
        public bool TakeLost() => Interlocked.Exchange(ref lost, 0) == 1;

        public void Dispose()
        {
            feed.watches.TryRemove(this, out _);
            heard.Writer.TryComplete();
        }

        internal void Hear(IReadOnlyList<Call> changed)
        {
            // DropWrite never refuses, so fullness is looked at here; a race only loses what is then read again.
            if (heard.Reader.Count >= BacklogMax) Interlocked.Exchange(ref lost, 1);
            else heard.Writer.TryWrite(changed);
        }
    }
}
