using CallCenter.Calls;
using CallCenter.Figures;

namespace CallCenter.Tests.Figures;

/// <summary>product.md C.3.</summary>
public sealed class KeyFiguresTests
{
    [Fact]
    public void The_golden_service_levels_and_abandonment()
    {
        var level = new ServiceLevel(FigureRules.Default, Answered: 500, Missed: 50, GivenUp: 50, AnsweredWithin: 410, GivenUpWithin: 18, Short: 7);

        Assert.Equal(0.74545, level.By(ServiceLevelFormula.Strict)!.Value, 5);
        Assert.Equal(0.75506, level.By(ServiceLevelFormula.WithoutShort)!.Value, 5);
        Assert.Equal(0.77068, level.By(ServiceLevelFormula.WithoutGivenUp)!.Value, 5);
        Assert.Equal(0.82, level.By(ServiceLevelFormula.AnsweredOnly)!.Value, 5);
        Assert.Equal(level.By(ServiceLevelFormula.WithoutShort), level.Value);
        Assert.Equal(0.09091, level.Abandonment!.Value, 5);
        Assert.Equal(0.07919, level.AbandonmentWithoutShort!.Value, 5);
    }

    [Fact]
    public void Where_nobody_called_there_are_no_rates_and_certainly_not_a_hundred_per_cent()
    {
        var none = KeyFigures.Of(FigureRules.Default, []);

        Assert.Equal(Counts.None, none.Counts);
        Assert.All(
            (double?[])[none.Counts.AnswerRate, none.Counts.RecoveryRate, none.Counts.GapRate, none.Level.Value, none.Level.Abandonment, none.Level.AbandonmentWithoutShort, none.ReachedRate,
                none.ClosedCaseRate, none.MeanWait, none.MeanTalk, none.MeanHandling, none.MeanHandlingOutbound, none.Waits.Median, none.Waits.P90, none.RecoveredWithin(5)],
            Assert.Null);
    }

    [Theory]
    [InlineData(20.0, 1)]
    [InlineData(20.001, 0)]
    public void Twenty_seconds_and_a_bit_are_not_within_twenty(double wait, int within)
    {
        var tally = new Tally();
        tally.Add(CountedCall.Of(Answered(wait)), 1);

        Assert.Equal(within, KeyFigures.Of(FigureRules.Default, [new(new(null, "", "", Direction.Inbound, null, 0), tally)]).Level.AnsweredWithin);
    }

    [Fact]
    public void A_spread_knows_median_and_nine_in_ten_and_comes_back_from_its_text()
    {
        var tally = new Tally();
        foreach (var wait in (double[])[3, 1, 8, 2, 30, 8, 8, 4, 5, 6]) tally.Add(CountedCall.Of(Answered(wait)), 1);
        Assert.Equal((5.5, 8, 7.5), (tally.Waits.Median, tally.Waits.P90, tally.Waits.Mean));
        Assert.EndsWith("|1 2 3 4 5 6 8*3 30||||", (string)tally.ToRow(1, 1)[^1]!);

        tally.Add(CountedCall.Of(Answered(30)), -1);
        Assert.Equal((5d, 8), (tally.Waits.Median, tally.Waits.P90));
    }

    static Call Answered(double wait)
    {
        var noon = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        return new Call
        {
            Connection = "test",
            ProviderCallId = "c",
            Direction = Direction.Inbound,
            State = CallState.Ended,
            Outcome = CallOutcome.Completed,
            StartedAt = noon,
            AnsweredAt = noon.AddSeconds(wait),
            EndedAt = noon.AddSeconds(90),
        };
    }
}
