using CallCenter.Figures;

namespace CallCenter.Tests.Figures;

public sealed class StaffingTests
{
    /// <summary>product.md C.8.</summary>
    [Theory]
    [InlineData(100, 30, 180, 0.80, 20, 10.0000, 14, 0.1741, 0.8884, 0.7956, 7.84, 0.714, 20)]
    [InlineData(40, 30, 240, 0.80, 20, 5.3333, 8, 0.2209, 0.8232, 0.6436, 19.88, 0.667, 12)]
    [InlineData(12, 30, 210, 0.80, 30, 1.4000, 3, 0.2024, 0.8390, 0.4709, 26.56, 0.467, 5)]
    [InlineData(60, 60, 300, 0.80, 20, 5.0000, 8, 0.1673, 0.8631, 0.7163, 16.73, 0.625, 12)]
    [InlineData(120, 60, 200, 0.95, 180, 6.6667, 9, 0.3133, 0.9616, 0.8396, 26.85, 0.741, 13)]
    public void The_golden_values_of_the_smallest_number_of_people(
        int calls, int minutes, double handling, double share, double seconds, double load, int people, double waiting, double level, double oneLess, double wait, double occupancy, int scheduled)
    {
        var (demand, target) = (new Demand(calls, handling, TimeSpan.FromMinutes(minutes)), new StaffingTarget(share, seconds));
        var needed = Staffing.Needed(demand, target)!;

        Assert.Equal(load, demand.Load, 4);
        Assert.Equal((people, scheduled), (needed.People, needed.Scheduled));
        Assert.Equal(waiting, needed.Waiting, 4);
        Assert.Equal(level, needed.Level, 4);
        Assert.Equal(oneLess, Staffing.With(people - 1, demand, target)!.Level, 4);
        Assert.Equal(wait, needed.MeanWait, 2);
        Assert.Equal(occupancy, needed.Occupancy, 3);
    }

    [Fact]
    public void Nobody_is_needed_where_nobody_calls_and_nobody_catches_up_with_more_than_he_can_do()
    {
        Assert.Equal(0, Staffing.Needed(new(0, 180, TimeSpan.FromMinutes(30)), StaffingTarget.Default)!.People);
        Assert.Null(Staffing.With(10, new(100, 180, TimeSpan.FromMinutes(30)), StaffingTarget.Default));
        Assert.Null(Staffing.Needed(new(1_000_000, 180, TimeSpan.FromMinutes(30)), StaffingTarget.Default));
        // A large room reaches its level long before its people may breathe.
        Assert.Equal((0.849, 471), Staffing.Needed(new(4000, 180, TimeSpan.FromMinutes(30)), StaffingTarget.Default) is { } large ? (Math.Round(large.Occupancy, 3), large.People) : default);
    }
}
