using CallCenter.Audit.Pages;

namespace CallCenter.Audit;

static class AuditParts
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services.AddSingleton<AuditLog>().AddScoped<AuditWords>();
}
