namespace CallCenter.Reports;

static class ReportsParts
{
    public static IServiceCollection AddReports(this IServiceCollection services) => services.AddSingleton<ReportDesk>();
}
