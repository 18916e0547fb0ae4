namespace CallCenter.Teams;

static class TeamsParts
{
    public static IServiceCollection AddTeams(this IServiceCollection services) => services.AddSingleton<Users>().AddSingleton<Sessions>();
}
