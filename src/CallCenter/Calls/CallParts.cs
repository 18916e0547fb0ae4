namespace CallCenter.Calls;

static class CallParts
{
    public static IServiceCollection AddCalls(this IServiceCollection services) => services.AddSingleton<CallLog>().AddSingleton<CallAudit>().AddSingleton<Looks>();
}
