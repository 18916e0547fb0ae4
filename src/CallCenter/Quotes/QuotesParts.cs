using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Quotes.Import;
using CallCenter.Quotes.Pages;
using CallCenter.Recovery;

namespace CallCenter.Quotes;

static class QuotesParts
{
    public static IServiceCollection AddQuotes(this IServiceCollection services) => services
        .AddSingleton<QuoteBoard>().AddSingleton<ICustomerWorth, CustomerWorth>().AddSingleton<QuoteList>().AddSingleton<QuoteCounter>().AddSingleton<QuoteBook>().AddSingleton<SalesLedger>().AddSingleton<ICallWitness>(provider => provider.GetRequiredService<SalesLedger>())
        .AddSingleton<IMergeFollower>(provider => provider.GetRequiredService<SalesLedger>())
        .AddSingleton(new CallPart("presupuestos", typeof(CallSales), eyes => eyes.Calls != CallScope.None))
        .AddSingleton<QuoteDesk>().AddSingleton<OrderDesk>().AddSingleton<ForeignSales>().AddSingleton<SaleImports>().AddSingleton<SaleLoading>().AddHostedService(provider => provider.GetRequiredService<SaleLoading>())
        .AddSingleton<Offers>().AddSingleton<QuoteClock>().AddHostedService(provider => provider.GetRequiredService<QuoteClock>());
}
