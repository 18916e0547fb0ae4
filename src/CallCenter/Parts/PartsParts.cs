namespace CallCenter.Parts;

static class PartsParts
{
    public static IServiceCollection AddParts(this IServiceCollection services) => services.AddSingleton<PartCatalogue>();
}
