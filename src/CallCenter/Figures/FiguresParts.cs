using CallCenter.Calls;

namespace CallCenter.Figures;

static class FiguresParts
{
    public static IServiceCollection AddFigures(this IServiceCollection services) => services
        .AddSingleton<Totals>().AddSingleton<ICallCounter>(provider => provider.GetRequiredService<Totals>())
        .AddSingleton<FigureDesk>().AddSingleton<CustomerFigures>().AddSingleton<StaffingDesk>().AddSingleton<FigureReports>().AddSingleton<TotalsAudit>().AddSingleton<Counting>().AddHostedService(provider => provider.GetRequiredService<Counting>());
}
