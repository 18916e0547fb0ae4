using CallCenter.Calls;

namespace CallCenter.Customers;

static class CustomersParts
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) => services
        .AddSingleton<ICallers, Detection>().AddSingleton<CustomerBook>().AddSingleton<CustomerBoard>()
        .AddSingleton<CustomerErrands>().AddHostedService(provider => provider.GetRequiredService<CustomerErrands>());
}
