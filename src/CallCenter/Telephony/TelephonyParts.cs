using CallCenter.Calls;
using CallCenter.Telephony.Pages;
using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

static class TelephonyParts
{
    public static IServiceCollection AddTelephony(this IServiceCollection services)
    {
        services.AddSingleton<Switchboard>().AddSingleton<IPhoneSystems>(parts => parts.GetRequiredService<Switchboard>()).AddSingleton<RejectedArrivals>().AddSingleton<WebhookEndpoint>().AddScoped<FreshSecrets>();
        services.AddSingleton<Intake>().AddHostedService(provider => provider.GetRequiredService<Intake>());
        services.AddSingleton(new CallPart("recepciones", typeof(CallArrivals), eyes => eyes.SeesArrivals));
        services.AddSingleton<ArrivalLog>().AddSingleton<ArrivalAudit>();
        services.AddSingleton<ArrivalRetention>().AddHostedService(provider => provider.GetRequiredService<ArrivalRetention>());
        services.AddSingleton<ConnectionHealth>().AddHostedService(provider => provider.GetRequiredService<ConnectionHealth>());
        // After the intake, so that they stop before it and what they heard is still committed.
        services.AddSingleton<Gaps>().AddSingleton(LineLimits.Default);
        services.AddSingleton<DirectLines>().AddHostedService(provider => provider.GetRequiredService<DirectLines>());
        services.AddSingleton(_ => new CloudDoor()).AddSingleton<CallControl>();
        services.AddSingleton<RoutingOrders>().AddHostedService(provider => provider.GetRequiredService<RoutingOrders>());
        services.AddSingleton(CloudManners.Default).AddSingleton<AccessTokens>().AddSingleton<CloudApi>();
        services.AddSingleton<Downtime>().AddHostedService(provider => provider.GetRequiredService<Downtime>());
        services.AddSingleton<Subscriptions>().AddHostedService(provider => provider.GetRequiredService<Subscriptions>());
        services.AddSingleton<ProviderDoctor>().AddSingleton<LogFetches>().AddSingleton<CallLogReader>().AddSingleton<CallLogWatch>().AddHostedService(provider => provider.GetRequiredService<CallLogWatch>());
        return services.AddSingleton<StaleCalls>().AddHostedService(provider => provider.GetRequiredService<StaleCalls>());
    }
}
