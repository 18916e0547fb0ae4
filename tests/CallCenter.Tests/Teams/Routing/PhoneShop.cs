using CallCenter.Calls;
using CallCenter.Presence;
using CallCenter.Teams;
using CallCenter.Teams.Routing;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Teams.Routing;

/// <summary>A counter whose line we route: Ana and Luis answer it in that order, and Marta of the workshop takes over.</summary>
sealed class PhoneShop(WebHouse house, PhoneSystem system) : IAsyncDisposable
{
    public const string Line = "+34910000001";

    readonly Dictionary<string, string> ids = [];

    public WebHouse House => house;

    public PhoneSystem System => system;

    /// <summary>When all was ready, to the millisecond: calls come from then on.</summary>
    public DateTimeOffset Opened { get; private set; }

    public string Counter { get; private set; } = "";

    public string Workshop { get; private set; } = "";

    /// <param name="extensions">As the phone system calls Ana, Luis and Marta.</param>
    public static async Task<PhoneShop> Open(On database, string provider, string[] extensions, params (string, string)[] settings)
    {
        var house = await PhoneSystem.Reachable(database);
        var shop = new PhoneShop(house, await PhoneSystem.Connect(house, provider, [("lines", Line), .. settings]));
        var (book, by) = (house.Get<TeamBook>(), Authority.Console);
        shop.Counter = (await book.Add("Mostrador", TeamType.Sales, by)).Id;
        shop.Workshop = (await book.Add("Taller", TeamType.AfterSales, by)).Id;
        foreach (var (name, team, extension) in new[] { ("Ana", shop.Counter, extensions[0]), ("Luis", shop.Counter, extensions[1]), ("Marta", shop.Workshop, extensions[2]) })
        {
            var id = shop.ids[name] = (await house.Get<Users>().Add(new NewPerson($"{name}@example.com", name, [Role.Operator]), null, by)).Id;
            await book.AddMember(team, id, null, by);
            await book.GiveExtension(id, shop.System.Connection, extension, null, by);
        }

        await book.GiveLine(shop.Counter, shop.System.Connection, LineKind.Line, Line, null, fillsPast: false, by);
        await shop.Rule(rule => rule);
        await house.Get<RoutingSwitch>().Turn(shop.System.Connection, Line, true, by);
        shop.Opened = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        return shop;
    }

    public Task Rule(Func<RoutingRule, RoutingRule> decide) => house.Get<TeamBook>().Change(Counter, team => team with
    {
        Routing = decide(team.Routing ?? new RoutingRule { Order = RoutingOrder.InOrder, People = [ids["Ana"], ids["Luis"]], RingSeconds = 15, Greeting = "Repuestos Díaz & Hijos, buenos días" }),
    }, Authority.Console);

    public Task Close() => house.Get<TeamBook>().Change(Counter, team => team with { Hours = team.Hours with { Week = new Dictionary<DayOfWeek, IReadOnlyList<Shift>>() } }, Authority.Console);

    /// <summary>Their screens are open.</summary>
    public async Task Come(params string[] names)
    {
        foreach (var name in names) await house.Get<PresenceBook>().Resume(ids[name]);
    }

    public Task Pause(string name) => house.Get<PresenceBook>().Pause(ids[name], PauseReason.Break);

    public async Task<Call> OnlyCall() => Assert.Single((await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax)).Calls);

    public static string Queues(Call call) => string.Join(", ", call.Queues.Select(visit => $"{visit.Queue} {visit.Reason}"));

    public static string Attempts(Call call) => string.Join(", ", call.Attempts.Select(attempt => $"{attempt.Operator} {attempt.Result}"));

    public ValueTask DisposeAsync() => house.DisposeAsync();
}
