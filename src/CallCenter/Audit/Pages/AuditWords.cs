using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Audit.Pages;

/// <summary>Lines of the audit log in people's words. Who and what is gone keeps the name it had.</summary>
sealed class AuditWords(IStringLocalizer<Words> words, Personnel personnel, IPhoneSystems phones)
{
    public string Action(AuditEntry entry) => words[$"Audit.{entry.Action}"];

    public string Actor(Actor actor) => actor.Id switch
    {
        "server" => words["el servidor"],
        "customer" => words["el cliente"],
        "console" => words["línea de órdenes ({0})", VisibleText.Line(actor.Name, 40)],
        _ when actor.Id.StartsWith("key:", StringComparison.Ordinal) => words["clave «{0}»", VisibleText.Line(actor.Name, 60)],
        _ => VisibleText.Line(actor.Name, 60),
    };

    /// <summary>What it was done to, and where that is; no address for what has no page of its own.</summary>
    public (string Name, string? Address) Subject(AuditEntry entry)
    {
        var (kind, id) = entry.Subject.Split(':', 2) is [var left, var right] ? (left, right) : ("", "");
        return kind switch
        {
            "user" => (VisibleText.Line(personnel.Now.People.GetValueOrDefault(id)?.Name ?? id, 60), $"/configuracion/usuarios/{id}"),
            "team" => (VisibleText.Line(personnel.NameOf(id), 60), $"/configuracion/equipos/{id}"),
            "call" => (words["Llamada n.º {0}", id], $"/llamadas/{id}"),
            "case" => (words["Por devolver n.º {0}", id], $"/por-devolver?caso={id}"),
            "customer" => (entry.Detail.TryGetProperty("name", out var called) ? VisibleText.Line($"{called}", 60) : words["Cliente n.º {0}", id], $"/clientes/{id}"),
            "number" => (VisibleText.Line(id, 40), "/configuracion/numeros"),
            "quote" => (words["Presupuesto n.º {0}", id], $"/presupuestos/{id}"),
            "order" => (words["Pedido n.º {0}", id], $"/pedidos/{id}"),
            "connection" => (VisibleText.Line(phones.NameOf(id), 60), $"/integraciones/{id}"),
            "wallboard" => (entry.Detail.TryGetProperty("name", out var screen) ? VisibleText.Line($"{screen}", 60) : id, "/configuracion/pantallas"),
            "webhook" => (entry.Detail.TryGetProperty("name", out var name) ? VisibleText.Line($"{name}", 60) : id, "/configuracion/avisos"),
            _ => ("", null),
        };
    }
}
