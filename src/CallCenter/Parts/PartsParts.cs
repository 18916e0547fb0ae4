using CallCenter.Parts.Import;

namespace CallCenter.Parts;

static class PartsParts
{
    public static IServiceCollection AddParts(this IServiceCollection services) => services
        .AddSingleton<PartCatalogue>().AddSingleton<PartImports>().AddSingleton<PartLoading>().AddHostedService(provider => provider.GetRequiredService<PartLoading>());
}
