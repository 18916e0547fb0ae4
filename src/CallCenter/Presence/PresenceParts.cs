namespace CallCenter.Presence;

static class PresenceParts
{
    public static IServiceCollection AddPresence(this IServiceCollection services) =>
        services.AddSingleton<PresenceBook>().AddSingleton<PresenceHistory>().AddSingleton<PhonePauses>().AddHostedService(provider => provider.GetRequiredService<PhonePauses>())
            .AddSingleton<PresenceClock>().AddHostedService(provider => provider.GetRequiredService<PresenceClock>());
}
