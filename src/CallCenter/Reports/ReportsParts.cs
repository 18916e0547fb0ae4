using CallCenter.Reports.Scheduled;

namespace CallCenter.Reports;

static class ReportsParts
{
    public static IServiceCollection AddReports(this IServiceCollection services) => services
        .AddSingleton<ReportDesk>().AddSingleton<ReportSchedules>().AddSingleton<MorningBrief>().AddSingleton<ReportLetters>()
        .AddSingleton<ReportSender>().AddHostedService(provider => provider.GetRequiredService<ReportSender>());
}
