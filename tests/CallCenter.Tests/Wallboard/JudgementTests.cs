using CallCenter.Teams;
using CallCenter.Wallboard;

namespace CallCenter.Tests.Wallboard;

public class JudgementTests
{
    [Theory]
    [InlineData("GGWGWG", "GGGGGG")] // one look that differs is no news
    [InlineData("GWW", "GGW")]
    [InlineData("GWCC", "GGGC")] // two looks that agree with each other, not only two that differ from what is said
    [InlineData("WGG", "WWG")] // back the same way
    [InlineData("CCGC", "CCCC")]
    [InlineData("C", "C")] // the first look has nothing to wait for
    [InlineData("G-W", "G-W")] // nor has the first after there was nothing to judge
    [InlineData("W--G", "W--G")]
    public void What_is_said_of_a_number_changes_when_two_looks_in_a_row_say_the_same(string looks, string said)
    {
        var judgement = default(Judgement);
        Assert.Equal(said, string.Concat(looks.Select(look => LetterOf((judgement = judgement.Next(LevelOf(look))).Shown))));
    }

    [Fact]
    public void Of_some_numbers_little_is_good_and_of_others_much()
    {
        Assert.Equal([Level.Good, Level.Warning, Level.Warning, Level.Critical], new double[] { 2, 3, 5, 6 }.Select(value => Limit.Little(value, 3, 6)));
        Assert.Equal([Level.Good, Level.Warning, Level.Warning, Level.Critical], new double[] { 80, 79.9, 60, 59 }.Select(value => Limit.Much(value, 80, 60)));
        Assert.Equal(Level.Critical, Limit.Worse(Level.Critical, Level.Good));
    }

    [Fact]
    public void What_teams_set_themselves_comes_first_where_they_agree_and_numbers_that_make_no_sense_are_refused()
    {
        var settings = WallboardSettings.Default;
        var (strict, easy) = (new TeamTargets(ServiceLevelPercent: 90, ServiceLevelSeconds: 15, RecoveredPercent: 95), new TeamTargets(ServiceLevelPercent: 90));
        Assert.Equal(settings with { ServicePercent = 90, ServiceSeconds = 15, RecoveredPercent = 95 }, settings.For([strict]));
        Assert.Equal(settings with { ServicePercent = 90 }, settings.For([strict, easy]));
        Assert.Equal(settings, settings.For([TeamTargets.None]));
        Assert.Equal(settings, settings.For([]));

        Assert.Equal(settings, settings.Checked());
        foreach (var wrong in (WallboardSettings[])[settings with { Waiting = 0 }, settings with { WaitingCritical = 2 }, settings with { FreeCritical = 2 }, settings with { ServicePercent = 101 }, settings with { CriticalPoints = 0 }])
            Assert.Equal("wallboard.number", Assert.Throws<Refusal>(wrong.Checked).Code);
    }

    static Level? LevelOf(char letter) => letter switch { 'G' => Level.Good, 'W' => Level.Warning, 'C' => Level.Critical, _ => null };

    static char LetterOf(Level? level) => level is { } one ? $"{one}"[0] : '-';
}
