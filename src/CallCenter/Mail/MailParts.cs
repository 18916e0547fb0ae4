namespace CallCenter.Mail;

static class MailParts
{
    /// <param name="options">Null: nothing is mailed.</param>
    public static IServiceCollection AddMail(this IServiceCollection services, MailOptions? options) => services
        .AddSingleton(provider => new Postman(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Postman>>()))
        .AddHostedService(provider => provider.GetRequiredService<Postman>());
}
