using CallCenter.Alerts;
using CallCenter.Calls;

namespace CallCenter.Recovery;

static class RecoveryParts
{
    public static IServiceCollection AddRecovery(this IServiceCollection services) => services
        .AddSingleton<ICallFollower, RecoveryLedger>().AddSingleton<CaseBook>().AddSingleton<ICallWitness>(provider => provider.GetRequiredService<CaseBook>()).AddSingleton<CaseBoard>()
        .AddSingleton<CasePolicy>().AddSingleton<CaseList>().AddSingleton<CaseStands>().AddSingleton<CaseAudit>().AddSingleton<CaseDesk>().AddSingleton<IAlertSource, CaseAlerts>().AddSingleton<RuleChanges>().AddHostedService(provider => provider.GetRequiredService<RuleChanges>())
        .AddSingleton<CaseClock>().AddHostedService(provider => provider.GetRequiredService<CaseClock>());
}
