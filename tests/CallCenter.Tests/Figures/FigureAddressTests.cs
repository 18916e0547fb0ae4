using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Figures.Pages;
using CallCenter.Tests.Calls.Pages;

namespace CallCenter.Tests.Figures;

public sealed class FigureAddressTests
{
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    [Fact]
    public void d49_the_address_of_a_figures_rows_asks_the_list_for_exactly_those()
    {
        var now = new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
        var period = new FigurePeriod(Madrid, new(2026, 10, 20), new(2026, 10, 25));
        foreach (var filter in (FigureFilter[])[new(period), new(period, ["t1", CallFilter.NoTeam], "910", "q", "101", "c", Direction.Inbound), new(period, Recovery: RecoveryStanding.Open)])
        {
            var answer = new Answer<KeyFigures>(KeyFigures.Of(FigureRules.Default, []), filter, FigureRules.Default, null, 0);
            var terms = Explanation.All(answer).SelectMany(one => one.LeftOut.Append(one.Top).Append(one.Bottom ?? one.Top)).ToList();
            Assert.Contains(terms, term => term.Part == FigurePart.AnsweredWithin && term.Rows[0].WaitMax == 20);
            foreach (var rows in terms.SelectMany(term => term.Rows))
            {
                var address = CallCenter.Calls.Pages.CallsAddress.Read("http://localhost" + FigureAddress.Of(rows, period, Madrid));
                var asked = address.Filter(Madrid, now, new CallsAddressTests.NoPhones());
                Assert.Equal(rows with { Alive = null }, asked with { Alive = null });
                Assert.False(asked.CanBeAlive);
            }
        }

        // The list knows only whole days of who looks.
        Assert.Null(FigureAddress.Of(new(), period with { Cut = new TimeOnly(12, 0) }, Madrid));
        Assert.Null(FigureAddress.Of(new(), period, TimeZoneInfo.Utc));
    }
}
