using CallCenter.Calls;
using CallCenter.Customers.Import;
using CallCenter.Customers.Pages;
using CallCenter.Recovery;

namespace CallCenter.Customers;

static class CustomersParts
{
    public static IServiceCollection AddCustomers(this IServiceCollection services) => services
        .AddSingleton<ICallers, Detection>().AddSingleton<ICustomerNames, CustomerNames>().AddSingleton<IAccountOwners, AccountOwners>().AddSingleton<CustomerBook>().AddSingleton<CustomerBoard>().AddSingleton<CustomerList>().AddSingleton<CallerDesk>().AddSingleton<NumberBook>().AddSingleton<ClickedCalls>()
        .AddSingleton(new CallPart("cliente", typeof(CallerPicker), _ => true, IsAbove: true))
        .AddSingleton<CustomerImports>().AddSingleton<CustomerLoading>().AddHostedService(provider => provider.GetRequiredService<CustomerLoading>())
        .AddSingleton<CustomerErrands>().AddHostedService(provider => provider.GetRequiredService<CustomerErrands>());
}
