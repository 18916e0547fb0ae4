namespace CallCenter.Quotes;

static class QuotesParts
{
    public static IServiceCollection AddQuotes(this IServiceCollection services) => services.AddSingleton<QuoteBoard>().AddSingleton<QuoteBook>().AddSingleton<QuoteDesk>();
}
