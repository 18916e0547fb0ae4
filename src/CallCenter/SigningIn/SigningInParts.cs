namespace CallCenter.SigningIn;

static class SigningInParts
{
    public static IServiceCollection AddSigningIn(this IServiceCollection services) => services
        .AddSingleton<SecondFactor>().AddSingleton<Passkeys>().AddSingleton<CompanyAccounts>()
        .AddSingleton<AccountLinks>().AddHostedService(provider => provider.GetRequiredService<AccountLinks>());
}
