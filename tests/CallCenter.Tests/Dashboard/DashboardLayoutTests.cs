using CallCenter.Dashboard;

namespace CallCenter.Tests.Dashboard;

public sealed class DashboardLayoutTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Parts_change_places_within_their_group_and_stay_so_and_what_is_new_comes_last(On database)
    {
        await using var house = await House.Open(database);
        var layouts = new DashboardLayouts(house.Db);
        Assert.Equal(DashboardLayout.Default, await layouts.Find("ana"));

        var hers = DashboardLayout.Default.Move("missed", -1).Hide("states").Move("hours", -1).Move("brands", -1);
        Assert.Equal("hours days missed users", string.Join(' ', hers.Of(DashboardLayout.Calls)));
        Assert.Equal("brands orders", string.Join(' ', hers.Of(DashboardLayout.Quotes)));
        Assert.False(hers.CanMove("hours", -1));
        Assert.False(hers.CanMove("orders", 1));
        await layouts.Save("ana", hers);
        await layouts.Save("ana", hers);
        Assert.Equal(hers, await layouts.Find("ana"));
        Assert.Equal(DashboardLayout.Default, await layouts.Find("luis"));

        // Kept by another version.
        Assert.Equal("missed days hours states users", string.Join(' ', DashboardLayout.Of(["gone", "missed"], ["gone"]).Of(DashboardLayout.Calls)));
        Assert.Contains("states", hers.Show("states").Of(DashboardLayout.Calls));
    }
}
