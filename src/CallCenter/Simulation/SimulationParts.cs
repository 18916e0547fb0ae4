namespace CallCenter.Simulation;

static class SimulationParts
{
    /// <summary>What <c>serve --demo</c> runs besides the server.</summary>
    public static IServiceCollection AddDemo(this IServiceCollection services) =>
        services.AddSingleton<DemoStaff>().AddSingleton<CustomerBase>().AddSingleton<DemoPast>().AddHostedService<DemoAccount>().AddHostedService<Simulator>();
}
