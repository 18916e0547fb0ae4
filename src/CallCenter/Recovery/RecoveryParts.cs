using CallCenter.Calls;

namespace CallCenter.Recovery;

static class RecoveryParts
{
    public static IServiceCollection AddRecovery(this IServiceCollection services) => services
        .AddSingleton<ICallFollower, RecoveryLedger>().AddSingleton<ICallWitness, CaseBook>().AddSingleton<CaseBoard>()
        .AddSingleton<CasePolicy>().AddSingleton<CaseList>().AddSingleton<CaseDesk>().AddSingleton<CaseClock>().AddHostedService(provider => provider.GetRequiredService<CaseClock>());
}
