using System.Globalization;
using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers.Import;
using CallCenter.Importing;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Customers;

/// <summary>Calls as they were recorded on real phone systems, in a house that knows fifty thousand customers from a file.</summary>
public sealed class CaptureCustomersTests
{
    const int CustomersMax = 50_000;

    static readonly Dictionary<string, string> Settings = new() { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s", ["password"] = "s", ["country"] = "AR", ["trunks"] = "troncal-sip, gw-celular" };

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Each_recorded_call_is_exactly_its_customers_and_hidden_and_internal_ones_are_nobodys(On database)
    {
        await using var house = await House.Open(database);
        var lines = new Dictionary<string, Connection>();
        foreach (var system in (string[])[Capture.Asterisk, Capture.FreeSwitch]) lines[system] = await house.Switchboard.Add(system, system, Settings, ConnectionState.Paused);

        // Who calls: every fifth is in no list, every seventh number is that of two.
        var callers = lines.Keys.SelectMany(system => Capture.ScenariosOf(system).SelectMany(scenario => new Capture(scenario, system).Calls())).Select(call => call.CustomerSide)
            .Where(number => number?.MatchKey is not null).DistinctBy(number => number!.MatchKey).OrderBy(number => number!.MatchKey, StringComparer.Ordinal).ToList();
        Assert.InRange(callers.Count, 50, 5000);
        var known = callers.Select((number, i) => (Key: number!.MatchKey!, Number: number.E164!, IsOne: i % 5 != 0 && i % 7 != 0, i)).ToList();
        var import = await Import(house, List(known.Where(one => one.i % 5 != 0).Select(one => (one.Number, one.i)).ToList()));
        Assert.Equal((ImportState.Applied, new ImportCounts(Added: CustomersMax)), (import.State, import.Counts));

        foreach (var (system, line) in lines)
            foreach (var scenario in Capture.ScenariosOf(system))
            {
                var provider = (IStreamProvider)Catalogue.Find(system);
                var state = provider.Begin(line.Id, line.Settings);
                foreach (var some in new Capture(scenario, system).Items.Chunk(200))
                    await house.Intake.Accept(new Delivery([.. some.Select(item => (new Arrival(line.Id, item.At, "AMI", "", Arrival.NoHeaders, item.Message), provider.Translate(state, item)))]));
            }

        var wrong = new List<string>();
        var (calls, counted) = (0, (Known: 0, Nobodys: 0, Numberless: 0));
        for (CallCursor? cursor = null; ;)
        {
            var page = await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax, cursor);
            foreach (var call in page.Calls)
            {
                var caller = call.CustomerSide?.MatchKey is { } key ? known.Find(one => one.Key == key) : default;
                var name = call.CustomerId is { } id ? (await house.Customers.Find(id))!.Customer.Name : null;
                if ((caller.IsOne ? NameOf(caller.i) : null) != name) wrong.Add($"{call.Connection} {call.ProviderCallId} with {call.CustomerSide?.Raw} is {name ?? "nobody"}'s and not {caller}'s");
                calls++;
                counted = call.CustomerSide?.MatchKey is null ? counted with { Numberless = counted.Numberless + 1 } : name is null ? counted with { Nobodys = counted.Nobodys + 1 } : counted with { Known = counted.Known + 1 };
            }

            if (page.Next is null) break;
            cursor = page.Next;
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(counted is { Known: > 200, Nobodys: > 50, Numberless: > 10 }, $"{calls} calls: {counted}");
    }

    static string NameOf(int caller) => string.Create(CultureInfo.InvariantCulture, $"Cliente que llama {caller}");

    /// <summary>Those who call, in one spelling or another, each followed by somebody in another town whose number ends alike; then all the others.</summary>
    static string List(List<(string Number, int Caller)> callers)
    {
        var keys = callers.Select(caller => PhoneNumber.MatchKeyOf(caller.Number)).ToHashSet();
        var list = new StringBuilder("Código;Nombre;Teléfono;Matrícula;Segmento\n");
        var count = 0;
        void Add(string name, string number) => list.Append(CultureInfo.InvariantCulture, $"{++count};{name};{number};AB {count:000} CD;{(char)('A' + count % 4)}\n");
        foreach (var (number, caller) in callers)
        {
            Add(NameOf(caller), caller % 2 == 0 ? number : PhoneNumber.DialledFrom("AR", number));
            if (caller % 7 == 0) Add($"Otro con el número de {caller}", number);
            if (!keys.Contains("+54341" + number[^7..])) Add($"Acaba igual que {caller}", "+54341" + number[^7..]);
        }

        while (count < CustomersMax) Add($"Repuestos y talleres de {count % 991} Núñez {count}", $"+5422{count:00000000}");
        return list.ToString();
    }

    static async Task<CustomerImport> Import(House house, string list)
    {
        var taken = await house.CustomerImports.Take(new MemoryStream(Encoding.UTF8.GetBytes(list)), "clientes.csv", Actor.Console);
        await house.CustomerImports.Start(taken.Id, taken.Mapping!);
        var ready = await house.CustomerLoading.Run(taken.Id, default);
        Assert.Equal(new ImportCounts(Added: CustomersMax), ready.Counts);
        await house.CustomerImports.Apply(taken.Id, Actor.Console);
        return await house.CustomerLoading.Run(taken.Id, default);
    }
}
