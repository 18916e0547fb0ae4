using CallCenter.Alerts.Pages;

namespace CallCenter.Alerts;

static class AlertsParts
{
    public static IServiceCollection AddAlerts(this IServiceCollection services, bool allowPrivateWebhooks)
    {
        services.AddSingleton<IAlertSource, ConnectionSilent>().AddSingleton<IAlertSource, CallersWaiting>().AddSingleton<IAlertSource, SubscriptionFailing>();
        services.AddSingleton<AlertNews>().AddSingleton<AlertRules>().AddSingleton<AlertBoard>().AddSingleton<AlertWords>().AddSingleton<AlertLetters>();
        services.AddSingleton(new WebhookOptions(allowPrivateWebhooks)).AddSingleton<Webhooks>().AddSingleton<Deliveries>();
        services.AddSingleton<AlertWatch>().AddHostedService(provider => provider.GetRequiredService<AlertWatch>());
        return services.AddSingleton<WebhookCourier>().AddHostedService(provider => provider.GetRequiredService<WebhookCourier>());
    }
}
