using System.Collections.Concurrent;
using System.Threading.Channels;
using CallCenter.Calls;

namespace CallCenter.Live;

/// <summary>
/// Tells everybody who watches that calls changed, after the commit: every change once, in the order of versions. What
/// another node commits in between is waited for, so that who has heard a version has heard all before it. A watcher that
/// is too slow loses notices, not calls: it is told so and reads again from the <see cref="CallLog"/> by version.
/// </summary>
sealed class LiveFeed
{
    const int HeldMax = 4096;

    readonly ConcurrentDictionary<Watch, byte> watches = [];
    readonly Lock telling = new();
    readonly SortedDictionary<long, (long Until, Notice Notice)> held = [];
    int heldCalls;
    long newest = -1;

    /// <summary>All changes up to this version were told; -1 before the first.</summary>
    public long Newest => Interlocked.Read(ref newest);

    public int Watching => watches.Count;

    /// <summary>Changes wait for what another node changed before them.</summary>
    public bool IsBehind
    {
        get
        {
            lock (telling) return held.Count > 0;
        }
    }

    /// <summary>
    /// Heard when a change comes whose predecessors another node made. Whoever listens reads them and calls
    /// <see cref="Fill"/>; while nobody does, nothing is waited for.
    /// </summary>
    public event Action? Behind;

    /// <summary>Hears of the calls that these eyes may see; see <see cref="Watch.TakeOthers"/> for the rest.</summary>
    public Watch Follow(ISight sight)
    {
        var watch = new Watch(this, sight);
        watches[watch] = 0;
        return watch;
    }

    /// <summary>What came before is history: telling goes on from here.</summary>
    public void Begin(long version)
    {
        lock (telling)
            if (Newest < 0) Interlocked.Exchange(ref newest, version);
    }

    /// <summary>Calls that changed, and whose those were before that are others' now; null when that is not known.</summary>
    public readonly record struct Notice(IReadOnlyList<Call> Changed, IReadOnlyDictionary<long, PriorBelonging>? Were);

    /// <summary>One commit of this process: the calls it changed and the versions it took, those included that it used twice.</summary>
    /// <param name="were">Whose those calls were before that are others' now; null when that is not known.</param>
    public void Tell(IReadOnlyList<Call> changed, long from, long until, IReadOnlyDictionary<long, PriorBelonging>? were = null)
    {
        if (changed.Count == 0) return;
        var isBehind = false;
        lock (telling)
        {
            if (until <= Newest) return; // read from the log already
            if (Newest < 0 || from <= Newest + 1 || Behind is null)
            {
                Pass(new(changed, were), until);
                PassHeld();
            }
            else
            {
                held[from] = (until, new(changed, were));
                heldCalls += changed.Count;
                if (heldCalls > HeldMax) GiveUp();
                else isBehind = true;
            }
        }

        if (isBehind) Behind?.Invoke();
    }

    /// <summary>What the log says changed after <see cref="Newest"/>, up to a version.</summary>
    public void Fill(IReadOnlyList<Call> changed, long until)
    {
        lock (telling)
        {
            if (until <= Newest) return;
            Pass(new(changed, null), until);
            PassHeld();
        }
    }

    void PassHeld()
    {
        while (held.Count > 0)
        {
            var (from, (until, notice)) = held.First();
            if (from > Newest + 1) return;
            held.Remove(from);
            heldCalls -= notice.Changed.Count;
            if (until > Newest) Pass(notice, until);
        }
    }

    void Pass(Notice notice, long until)
    {
        var told = Newest;
        Interlocked.Exchange(ref newest, until);
        if (notice.Changed.Count == 0) return;
        if (notice.Changed[0].Version <= told) notice = notice with { Changed = [.. notice.Changed.Where(call => call.Version > told)] }; // told already
        foreach (var watch in watches.Keys) watch.Hear(notice);
    }

    /// <summary>The log cannot be read for long: stop waiting, and let everybody read for himself when it can be.</summary>
    void GiveUp()
    {
        Interlocked.Exchange(ref newest, held.Last().Value.Until);
        held.Clear();
        heldCalls = 0;
        foreach (var watch in watches.Keys) watch.Lose();
    }

    /// <summary>One watcher's ear.</summary>
    public sealed class Watch : IDisposable
    {
        const int BacklogMax = 4096;

        readonly LiveFeed feed;
        readonly ISight sight;
        readonly Channel<Notice> heard = Channel.CreateUnbounded<Notice>(new UnboundedChannelOptions { SingleReader = true });
        int waiting, lost, others;

        internal Watch(LiveFeed feed, ISight sight) => (this.feed, this.sight, Changes) = (feed, sight, new Counted(this));

        /// <summary>What changed and may be seen, in order; an empty list only wakes who waits.</summary>
        public ChannelReader<IReadOnlyList<Call>> Changes { get; }

        /// <summary>True once after notices were dropped: what was missed must be read from the log.</summary>
        public bool TakeLost() => Interlocked.Exchange(ref lost, 0) == 1;

        /// <summary>
        /// True once after calls changed that may not be seen, and one of them may have been seen before and belongs to others now.
        /// </summary>
        public bool TakeOthers() => Interlocked.Exchange(ref others, 0) == 1;

        public void Dispose()
        {
            feed.watches.TryRemove(this, out _);
            heard.Writer.TryComplete();
        }

        internal void Hear(Notice notice)
        {
            if (Volatile.Read(ref waiting) + notice.Changed.Count > BacklogMax)
            {
                Lose();
                return;
            }

            Interlocked.Add(ref waiting, notice.Changed.Count);
            heard.Writer.TryWrite(notice);
        }

        IReadOnlyList<Call> Seen(Notice notice)
        {
            var (changed, were) = notice;
            var scope = sight.Calls;
            if (scope.IsEverything || changed.All(scope.Allows)) return changed;
            if (were is null || were.Values.Any(was => was.IsSeenBy(scope))) Interlocked.Exchange(ref others, 1);
            return [.. changed.Where(scope.Allows)];
        }

        internal void Lose()
        {
            if (Interlocked.Exchange(ref lost, 1) == 0) heard.Writer.TryWrite(new([], null));
        }

        /// <summary>Bounded by calls, not by notices: one notice may speak of hundreds.</summary>
        sealed class Counted(Watch watch) : ChannelReader<IReadOnlyList<Call>>
        {
            public override Task Completion => watch.heard.Reader.Completion;

            public override bool TryRead(out IReadOnlyList<Call> changed)
            {
                changed = [];
                if (!watch.heard.Reader.TryRead(out var notice)) return false;
                Interlocked.Add(ref watch.waiting, -notice.Changed.Count);
                changed = watch.Seen(notice);
                return true;
            }

            public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
                watch.heard.Reader.WaitToReadAsync(cancellationToken);
        }
    }
}
