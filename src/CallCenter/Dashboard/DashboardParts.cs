namespace CallCenter.Dashboard;

static class DashboardParts
{
    public static IServiceCollection AddDashboard(this IServiceCollection services) => services.AddSingleton<DashboardLayouts>().AddSingleton<DashboardReadings>();
}
