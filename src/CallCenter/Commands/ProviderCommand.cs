using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Routing;

namespace CallCenter.Commands;

/// <summary><c>callcenter provider list</c>: the phone systems we know and what each wants to be told.</summary>
static class ProviderCommand
{
    public static Command Make()
    {
        var json = Commands.AsJson();
        var list = new Command("list", "Lists the kinds of phone systems and their settings") { json };
        list.SetAction(parsed =>
        {
            var to = parsed.InvocationConfiguration.Output;
            var known = Catalogue.All.Values.OrderBy(provider => provider.Info.Id, StringComparer.Ordinal).ToList();
            if (parsed.GetValue(json))
                to.WriteLine(JsonSerializer.Serialize(known.Select(Described), CallJson.Indented));
            else
                Table.Print(to, ["id", "name", "kind", "tells", "proof of origin", "settings"], known.Select(provider => new[]
                {
                    provider.Info.Id, provider.Info.Name, KindOf(provider), string.Join(", ", ToldBy(provider)), provider.Info.Proof,
                    string.Join(", ", provider.Info.Settings.Select(setting => setting.Key + (setting.Required ? "*" : ""))),
                }));
            return 0;
        });
        return new Command("provider", "The kinds of phone systems this program understands") { list };
    }

    static object Described(IProvider provider) => new
    {
        provider.Info.Id,
        provider.Info.Name,
        Kind = KindOf(provider),
        Capabilities = new
        {
            Events = ToldBy(provider),
            QueueTimes = provider.Info.Tells.HasFlag(Tells.Queues),
            Agents = provider.Info.Tells.HasFlag(Tells.Operators),
            Recordings = provider.Info.Tells.HasFlag(Tells.Recordings),
            BackFill = provider is IRecordKeeper or IHasCallLog,
            Control = provider is ICanCall,
            HangUp = provider is ICanHangUp,
            Routing = provider is IRoutesCalls,
            Authentication = provider.Info.Proof,
        },
        provider.Info.Settings,
    };

    static IEnumerable<string> ToldBy(IProvider provider) => Enum.GetValues<Tells>()
        .Where(tells => tells != Tells.Nothing && provider.Info.Tells.HasFlag(tells))
        .Select(tells => JsonNamingPolicy.SnakeCaseLower.ConvertName(tells.ToString()));

    static string KindOf(IProvider provider) => provider is IStreamProvider ? "direct" : "webhook";
}
