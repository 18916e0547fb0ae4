namespace CallCenter.Web;

/// <summary>Listeners that strangers may reach answer webhooks and nothing else (<c>--webhook-urls</c>).</summary>
static class WebhookListeners
{
    public static void UseWebhookListeners(this WebApplication app, IReadOnlyList<string> urls)
    {
        if (urls.Count == 0) return;
        var ports = urls.Select(url => BindingAddress.Parse(url).Port).ToHashSet();
        app.Use((http, next) =>
        {
            if (!ports.Contains(http.Connection.LocalPort) || http.Request.Path.StartsWithSegments("/webhooks")) return next(http);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }
}
