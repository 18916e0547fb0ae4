using CallCenter.Calls;
using CallCenter.Live;

namespace CallCenter.Tests.Live;

public class LiveFeedTests
{
    [Fact]
    public void Changes_of_another_node_are_told_in_their_place_and_once()
    {
        var feed = new LiveFeed();
        var asked = 0;
        feed.Behind += () => asked++;
        feed.Begin(10);
        using var watch = feed.Follow(ISight.Machine);

        feed.Tell(Made(11, 12), 11, 12);
        feed.Tell(Made(15, 16), 15, 16); // 13 and 14 are another node's
        Assert.Equal([11, 12], Heard(watch));
        Assert.Equal(1, asked);
        Assert.True(feed.IsBehind);

        feed.Fill(Made(13, 14, 15, 16, 17), 17);
        feed.Tell(Made(17), 17, 17); // read from the log before it was told
        feed.Tell(Made(18), 18, 18);
        Assert.Equal([13, 14, 15, 16, 17, 18], Heard(watch));
        Assert.False(feed.IsBehind);
        Assert.Equal(18, feed.Newest);
    }

    [Fact]
    public void Two_commits_told_in_the_wrong_order_are_heard_in_the_right_one()
    {
        var feed = new LiveFeed();
        feed.Behind += () => { };
        feed.Begin(0);
        using var watch = feed.Follow(ISight.Machine);
        feed.Tell(Made(3, 4), 3, 4);
        feed.Tell(Made(5), 5, 6); // 6 was given to a call that changed twice in one commit
        feed.Tell(Made(1, 2), 1, 2);
        Assert.Equal([1, 2, 3, 4, 5], Heard(watch));
        Assert.Equal(6, feed.Newest);
    }

    [Fact]
    public void A_slow_watcher_is_told_once_that_he_lost_some_and_holds_a_bounded_number()
    {
        var feed = new LiveFeed();
        using var watch = feed.Follow(ISight.Machine);
        for (var i = 1; i <= 20_000; i++) feed.Tell(Made(i), i, i);
        Assert.InRange(Heard(watch).Count, 1, 5000);
        Assert.True(watch.TakeLost());
        Assert.False(watch.TakeLost());
        feed.Tell(Made(20_001), 20_001, 20_001);
        Assert.Equal([20_001], Heard(watch));
    }

    [Fact]
    public void When_the_gap_cannot_be_read_for_long_everybody_reads_for_himself()
    {
        var feed = new LiveFeed();
        feed.Behind += () => { };
        feed.Begin(0);
        using var watch = feed.Follow(ISight.Machine);
        for (var i = 2; i <= 10_000; i++) feed.Tell(Made(i), i, i);
        Assert.True(watch.TakeLost());
        Assert.InRange(feed.Newest, 4000, 10_000);
    }

    /// <summary>Else every screen of somebody who sees only his own calls would look again for each call of the others.</summary>
    [Fact]
    public void Who_does_not_see_a_call_looks_again_only_when_it_may_have_been_his_before()
    {
        var feed = new LiveFeed();
        feed.Begin(0);
        using var watch = feed.Follow(new OwnCalls("ana"));
        bool LooksAgain(IReadOnlyDictionary<long, PriorBelonging>? were, long version)
        {
            feed.Tell([new Call { Connection = "test", ProviderCallId = "c", Id = 7, Version = version, People = ["luis"] }], version, version, were);
            Assert.Equal([], Heard(watch));
            return watch.TakeOthers();
        }

        Assert.False(LooksAgain(new Dictionary<long, PriorBelonging>(), 1));
        Assert.False(LooksAgain(new Dictionary<long, PriorBelonging> { [7] = new(null, false, " eva ", 0, false) }, 2));
        Assert.True(LooksAgain(new Dictionary<long, PriorBelonging> { [7] = new(null, false, " ana eva ", 0, false) }, 3));
        Assert.True(LooksAgain(null, 4), "what another node changed is not known so well");
    }

    sealed class OwnCalls(string person) : ISight
    {
        public CallScope Calls { get; } = CallScope.Own(person);

        public bool SeesArrivals => false;

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }

    static List<long> Heard(LiveFeed.Watch watch)
    {
        var heard = new List<long>();
        while (watch.Changes.TryRead(out var changed)) heard.AddRange(changed.Select(call => call.Version));
        return heard;
    }

    static List<Call> Made(params long[] versions) =>
        [.. versions.Select(version => new Call { Connection = "test", ProviderCallId = $"c-{version}", Version = version })];
}
