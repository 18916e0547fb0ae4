using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Alerts.Pages;

/// <summary>Alerts in people's words.</summary>
sealed class AlertWords(IStringLocalizer<Words> words, AlertRules rules, ITeamNames teams, IPhoneSystems phones)
{
    const int NameMax = 60;

    public string Say(KeptAlert alert) => rules.Kinds.GetValueOrDefault(alert.Kind) is { } kind
        ? words[$"Alert.{kind.Name}", [Subject(alert), .. kind.Says.Select(name => Value(alert.Detail, name))]]
        : alert.Kind; // of a source that is no more

    public string NameOf(string kind) => kind == Deliveries.TestKind ? words["Prueba"] : rules.Kinds.ContainsKey(kind) ? words[$"AlertKind.{kind}"] : kind;

    /// <summary>By its name of now; who is gone keeps the one it had.</summary>
    string Subject(KeptAlert alert)
    {
        var (what, id) = alert.Subject.Split(':', 2) is [var left, var right] ? (left, right) : ("", "");
        return what switch
        {
            "team" => VisibleText.Line(teams.NameOf(id), NameMax),
            "connection" => VisibleText.Line(phones.NameOf(id) is var name && name != id ? name : Value(alert.Detail, "connection"), NameMax),
            "call" => words["Llamada n.º {0}", id],
            _ => words["sin equipo"],
        };
    }

    static string Value(JsonElement detail, string name) => detail.TryGetProperty(name, out var value) ? VisibleText.Line(value.ToString(), NameMax) : "";
}
