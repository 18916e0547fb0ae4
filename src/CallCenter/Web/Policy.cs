using CallCenter.Teams;
using Microsoft.AspNetCore.Authorization;

namespace CallCenter.Web;

/// <summary>What one needs for a page. Each page names one of these; what its holder may do now is asked at every request and whenever rights change.</summary>
public static class Policy
{
    /// <summary>There is a call center for this person; which calls are seen is another question.</summary>
    public const string Calls = "calls";
    public const string Customers = "customers";

    /// <summary>Taking them away as a file.</summary>
    public const string CustomerExport = "customer-export";
    public const string Users = "users";
    public const string Teams = "teams";
    public const string Integrations = "integrations";
    public const string Parts = "parts";
    public const string ManageParts = "manage-parts";
    public const string ApiKeys = "api-keys";
    public const string Audit = "audit";
    public const string Alerts = "alerts";
    public const string Rules = "rules";

    /// <summary>Links by which screens show numbers without a session.</summary>
    public const string Wallboards = "wallboards";

    /// <summary>Reports that go out by mail.</summary>
    public const string ReportSchedules = "report-schedules";

    /// <summary>Looking at what somebody else sees.</summary>
    public const string ViewAs = "view-as";

    internal static void Add(IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, Judge>();
        var policies = services.AddAuthorizationBuilder();
        void Needs(string name, Func<Rights, bool> isEnough) => policies.AddPolicy(name, policy => policy.RequireAuthenticatedUser().AddRequirements(new Right(isEnough)));
        Needs(Calls, rights => rights.UsesCallCenter);
        Needs(Customers, rights => rights.ManagesCustomers); // many at once; each single one is anybody's to change who calls
        Needs(CustomerExport, rights => rights.ManagesCustomers && rights.Has(Ability.Export));
        Needs(Users, rights => rights.Has(Ability.ManageUsers));
        Needs(Teams, rights => rights.Has(Ability.ManageUsers));
        Needs(Integrations, rights => rights.Has(Ability.ManageIntegrations));
        Needs(Parts, rights => rights.SeesParts);
        Needs(ManageParts, rights => rights.Has(Ability.ManageCatalogue));
        Needs(ApiKeys, rights => rights.IsAdministrator); // a key may read all calls
        Needs(Audit, rights => rights.IsAdministrator);
        Needs(Rules, rights => rights.IsAdministrator); // they change everybody's figures
        Needs(Alerts, rights => rights.IsAdministrator); // who is told of what goes on, also outside of the house
        Needs(Wallboards, rights => rights.MakesWallboards);
        Needs(ReportSchedules, rights => rights.SchedulesReports);
        Needs(ViewAs, rights => rights.IsAdministrator);
    }

    sealed record Right(Func<Rights, bool> IsEnough) : IAuthorizationRequirement;

    sealed class Judge(Personnel personnel) : AuthorizationHandler<Right>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Right requirement)
        {
            if (requirement.IsEnough(personnel.RightsOf(Viewer.IdOf(context.User)))) context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}
