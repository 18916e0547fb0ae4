using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Teams.Routing;
using CallCenter.Telephony;
using CallCenter.Telephony.Routing;
using CsCheck;

namespace CallCenter.Tests.Teams.Routing;

public class RoutingPlanTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    static readonly RoutingRule InOrder = new() { Order = RoutingOrder.InOrder, RingSeconds = 20, OverflowTeam = "b", OverflowSeconds = 60, WaitSeconds = 90, Greeting = "Hola", NobodyText = "Nadie" };

    static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    static Candidate Person(string name, bool isFree = true, double idleSince = 0) => new(name, DialString.Extension(name), isFree, At(idleSince));

    static TeamSight Team(string id, RoutingRule rule, params Candidate[] there) => new(id, id.ToUpperInvariant(), rule, true, there);

    static PlannedStep Next(RoutingProgress progress, double seconds, params TeamSight[] teams) => RoutingPlan.Next(progress, id => teams.FirstOrDefault(team => team.Id == id), At(seconds), 3);

    static RoutingProgress Then(PlannedStep planned) => RoutingProgress.Parse(planned.Step switch { RingStep ring => ring.Thread, WaitStep wait => wait.Thread, _ => "" })!;

    static string Rung(PlannedStep planned) => string.Join(' ', Assert.IsType<RingStep>(planned.Step).Telephones);

    static readonly RoutingProgress Start = RoutingProgress.Begin("a", Noon);

    [Fact]
    public void One_after_the_other_then_a_pause_then_again()
    {
        var team = Team("a", InOrder, Person("ana"), Person("luis", idleSince: -100));

        var first = Next(Start, 0, team);
        Assert.Equal(("ana", 20, "Hola"), (Rung(first), ((RingStep)first.Step).Seconds, first.Step.First?.Text));
        Assert.Equal([new QueueNews("A")], first.Queues);
        var second = Next(Then(first), 20, team);
        Assert.Equal(("luis", null, 0), (Rung(second), second.Step.First, second.Queues.Count));
        var pause = Next(Then(second), 40, team);
        Assert.Equal(RoutingPlan.PauseSeconds, Assert.IsType<WaitStep>(pause.Step).Seconds);
        Assert.Equal("ana", Rung(Next(Then(pause), 48, team)));
    }

    [Fact]
    public void Who_was_without_a_call_for_longest_comes_first_and_who_talks_is_left_out()
    {
        var team = Team("a", InOrder with { Order = RoutingOrder.LongestIdle }, Person("ana", idleSince: -10), Person("luis", idleSince: -100, isFree: false), Person("eva", idleSince: -50));

        Assert.Equal("eva", Rung(Next(Start, 0, team)));
    }

    [Fact]
    public void All_ring_as_many_at_once_as_the_phone_system_can()
    {
        var team = Team("a", InOrder with { Order = RoutingOrder.Everybody }, Person("ana", idleSince: -4), Person("luis", idleSince: -3), Person("eva", idleSince: -2), Person("tere", idleSince: -1));

        var first = Next(Start, 0, team);
        Assert.Equal("ana luis eva", Rung(first));
        Assert.Equal("tere", Rung(Next(Then(first), 20, team)));
    }

    [Fact]
    public void When_all_talk_the_caller_waits_with_music_until_another_team_takes_over()
    {
        var (busy, other) = (Team("a", InOrder with { Music = "https://cdn.example.com/espera.mp3" }, Person("ana", isFree: false)), Team("b", RoutingRule.Default, Person("marta")));

        var waiting = Next(Start, 0, busy, other);
        Assert.Equal("https://cdn.example.com/espera.mp3", Assert.IsType<WaitStep>(waiting.Step).Music?.AbsoluteUri);
        Assert.IsType<WaitStep>(Next(Then(waiting), 59, busy, other).Step);
        var over = Next(Then(waiting), 60, busy, other);
        Assert.Equal("marta", Rung(over));
        Assert.Equal([new QueueNews("A", QueueExit.TimedOut), new QueueNews("B")], over.Queues);
        Assert.Equal("b", Then(over).Team);
    }

    [Fact]
    public void A_telephone_does_not_ring_beyond_the_moment_at_which_another_team_takes_over()
    {
        var (team, other) = (Team("a", InOrder, Person("ana")), Team("b", RoutingRule.Default, Person("marta")));

        Assert.Equal(12, Assert.IsType<RingStep>(Next(Start with { Step = 1 }, 48, team, other).Step).Seconds);
        Assert.Equal(20, Assert.IsType<RingStep>(Next(Start with { Step = 1 }, 48, team).Step).Seconds);
    }

    [Fact]
    public void A_team_of_which_nobody_is_there_is_not_waited_for()
    {
        var (empty, other) = (Team("a", InOrder), Team("b", RoutingRule.Default, Person("marta")));

        var over = Next(Start, 0, empty, other);
        Assert.Equal(("marta", "Hola"), (Rung(over), over.Step.First?.Text));
        Assert.Equal([new QueueNews("A"), new QueueNews("A", QueueExit.Refused), new QueueNews("B")], over.Queues);

        var alone = Next(Start, 0, empty);
        Assert.Equal("Nadie", Assert.IsType<HangUpStep>(alone.Step).First?.Text);
        Assert.Equal([new QueueNews("A"), new QueueNews("A", QueueExit.Refused)], alone.Queues);
    }

    [Fact]
    public void Two_teams_that_overflow_to_each_other_have_a_call_once_each()
    {
        TeamSight[] teams = [Team("a", InOrder, Person("ana", isFree: false)), Team("b", InOrder with { OverflowTeam = "a" }, Person("marta", isFree: false))];

        var over = Next(Start with { Step = 1 }, 60, teams);
        Assert.Equal(["a", "b"], Then(over).Teams);
        Assert.IsType<WaitStep>(Next(Then(over), 125, teams).Step);
        Assert.Equal("Nadie", Assert.IsType<HangUpStep>(Next(Then(over), 150, teams).Step).First?.Text);
    }

    [Fact]
    public void Who_calls_when_nobody_answers_hears_so_and_can_leave_a_message_and_is_in_no_queue()
    {
        var closed = Team("a", InOrder with { ClosedText = "Cerrado", Voicemail = true }, Person("ana")) with { IsOpen = false };

        var planned = Next(Start, 0, closed);
        Assert.Equal(("Cerrado", true, 0), (Assert.IsType<MessageStep>(planned.Step).First?.Text, planned.IsClosed, planned.Queues.Count));
        // Who waits when the hour strikes is not turned away as if he had called then.
        Assert.Equal([new QueueNews("A", QueueExit.Refused)], Next(Start with { Step = 3 }, 30, closed).Queues);
    }

    [Fact]
    public void Whatever_the_teams_every_call_comes_to_an_end_and_nobody_is_rung_who_is_not_free()
    {
        var people = Gen.Select(Gen.Int[0, 5], Gen.Bool, (n, isFree) => Person($"p{n}", isFree)).Array[0, 4];
        var rule = Gen.Select(Gen.Enum<RoutingOrder>(), Gen.Int[0, 90], Gen.Int[5, 200], Gen.Int[0, 3].Select(n => n == 3 ? null : "abc"[n].ToString()), (order, over, wait, team) => InOrder with { Order = order, OverflowSeconds = over, WaitSeconds = wait, OverflowTeam = team });
        var team = Gen.Select(Gen.Char['a', 'c'].Select(letter => letter.ToString()), rule, people, Gen.Bool, (id, how, there, isOpen) => Team(id, how, [.. there.DistinctBy(one => one.Person)]) with { IsOpen = isOpen });
        team.Array[1, 3].Sample(some =>
        {
            var teams = some.DistinctBy(one => one.Id).ToArray();
            var (progress, seconds) = (RoutingProgress.Begin(teams[0].Id, Noon), 0.0);
            for (var i = 0; i < 1000; i++)
            {
                var planned = Next(progress, seconds, teams);
                if (planned.Step is MessageStep or HangUpStep) return;
                if (planned.Step is RingStep) Assert.All(planned.Rung, person => Assert.Contains(teams, one => one.There.Any(candidate => candidate.Person == person && candidate.IsFree)));
                seconds += planned.Step is RingStep ring ? ring.Seconds : RoutingPlan.PauseSeconds;
                progress = Then(planned);
            }

            Assert.Fail("It goes on and on.");
        }, iter: 300);
    }

    [Theory, InlineData(""), InlineData("x"), InlineData("1~2~~"), InlineData("-1~2~a~"), InlineData("1~9223372036854775807~a~"), InlineData("999999999~2~a~"), InlineData("1~2~a~b~c")]
    public void What_we_never_gave_is_no_thread(string text) => Assert.Null(RoutingProgress.Parse(text));
}
