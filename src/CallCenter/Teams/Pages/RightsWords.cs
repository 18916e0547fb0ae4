using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Teams.Pages;

/// <summary>Roles, abilities and what follows from them, in plain sentences.</summary>
static class RightsWords
{
    public static string Name(this IStringLocalizer<Words> words, Role role) => words[$"Role.{role}"];

    public static string Means(this IStringLocalizer<Words> words, Role role) => words[$"Role.{role}.means"];

    public static string Means(this IStringLocalizer<Words> words, Ability ability) => words[$"Ability.{ability}.means"];

    /// <summary>What somebody can do in effect, one thing a line.</summary>
    public static IEnumerable<string> InEffect(this IStringLocalizer<Words> words, Rights rights, Roster roster)
    {
        yield return rights.Calls switch
        {
            { IsEverything: true } => words["Ve las llamadas de todos los operadores y equipos, y las que no son de ninguno."],
            { Teams.IsEmpty: false } scope => words["Ve todas las llamadas de {0}, y las suyas propias.", string.Join(", ", scope.Teams.Select(team => roster.Teams[team].Name))],
            { Person: not null } => words["Ve solo sus llamadas: las que atendió, las que le sonaron y las que hizo."],
            _ => words["No ve ninguna llamada."],
        };
        if (rights.UsesCallCenter)
            yield return rights.ComparesOperators ? words["Ve los nombres y las cifras de otros operadores."] : words["No ve los nombres ni las cifras de otros operadores."];
        yield return rights.Has(Ability.Export) && rights.UsesCallCenter ? words["Exporta las llamadas que ve."] : words["No exporta."];
        if (rights.ManagesCustomers) yield return words["Importa, une y exporta clientes, y decide qué números no son de nadie."];
        if (rights.Has(Ability.ManageUsers)) yield return words["Gestiona usuarios y equipos."];
        if (rights.Has(Ability.ManageIntegrations)) yield return words["Gestiona las integraciones y ve lo que envían las centrales."];
        if (rights.Has(Ability.ManageCatalogue)) yield return words["Cambia e importa los repuestos."];
        if (rights.IsAdministrator) yield return words["Crea claves de la API y lee la auditoría."];
    }
}
