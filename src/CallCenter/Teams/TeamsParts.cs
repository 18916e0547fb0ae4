using CallCenter.Calls;
using CallCenter.Teams.Import;
using CallCenter.Teams.Routing;
using CallCenter.Telephony.Routing;

namespace CallCenter.Teams;

static class TeamsParts
{
    public static IServiceCollection AddTeams(this IServiceCollection services)
    {
        services.AddSingleton<Personnel>().AddSingleton<IBelongingRules>(provider => provider.GetRequiredService<Personnel>()).AddSingleton<ITeamNames>(provider => provider.GetRequiredService<Personnel>())
            .AddSingleton<ICallBackDue>(provider => provider.GetRequiredService<Personnel>());
        services.AddHostedService(provider => provider.GetRequiredService<Personnel>());
        services.AddSingleton<Rejudging>().AddHostedService(provider => provider.GetRequiredService<Rejudging>());
        return services.AddSingleton<Users>().AddSingleton<Sessions>().AddSingleton<TeamBook>().AddSingleton<LineSurvey>().AddSingleton<ImportPlanner>().AddSingleton<PeopleImport>()
            .AddSingleton<CallRouter>().AddSingleton<ICallRouter>(provider => provider.GetRequiredService<CallRouter>()).AddSingleton<RoutingSwitch>()
            .AddSingleton<QueueRolls>().AddHostedService<QueueKeeper>();
    }
}
