using CallCenter.Calls;
using CallCenter.Customers.Pages;

namespace CallCenter.Customers;

static class CustomersParts
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) => services
        .AddSingleton<ICallers, Detection>().AddSingleton<ICustomerNames, CustomerNames>().AddSingleton<CustomerBook>().AddSingleton<CustomerBoard>().AddSingleton<CustomerList>().AddSingleton<CallerDesk>()
        .AddSingleton(new CallPart("cliente", typeof(CallerPicker), _ => true, IsAbove: true))
        .AddSingleton<CustomerErrands>().AddHostedService(provider => provider.GetRequiredService<CustomerErrands>());
}
