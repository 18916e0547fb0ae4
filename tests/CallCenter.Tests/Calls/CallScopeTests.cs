using System.Reflection;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Teams;

namespace CallCenter.Tests.Calls;

/// <summary>Whoever reads calls gets those of the scope and no other, by whichever way.</summary>
public sealed class CallScopeTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Lists_counts_changes_and_single_calls_hold_exactly_what_the_scope_allows(On database)
    {
        await using var house = await House.Open(database);
        var company = await Company.Of(house);
        var all = await house.Calls();
        Assert.Equal(company.Calls, all.Count);
        Assert.Contains(all, call => call.Team is null && call.People.Count > 0);

        foreach (var (name, scope) in company.Scopes)
        {
            var allowed = all.Where(scope.Allows).ToList();
            foreach (var filter in company.Filters)
            {
                var expected = allowed.Where(filter.Matches).Select(call => call.Id).Order().ToList();
                foreach (var order in Enum.GetValues<CallOrder>())
                {
                    var (found, next) = (new List<Call>(), (CallCursor?)null);
                    do
                    {
                        var page = await house.Log.List(scope, filter, 7, next, order);
                        if (page.Calls.Count > 0) Assert.Equal(new CallCount(found.Count, true), await house.Log.CountBefore(scope, CallCursor.Of(page.Calls[0]), filter, order));
                        found.AddRange(page.Calls);
                        next = page.Next;
                    }
                    while (next is not null);
                    Assert.True(expected.SequenceEqual(found.Select(call => call.Id).Order()), $"{name}, {filter}, {order}");
                }

                Assert.True(new CallCount(expected.Count, true) == await house.Log.Count(scope, filter), $"count: {name}, {filter}");
            }

            var (changed, until) = (new List<Call>(), 0L);
            for (var isMore = true; isMore;)
            {
                var page = await house.Log.ChangedAfter(scope, until, 10);
                changed.AddRange(page.Calls);
                (until, isMore) = (page.Until, page.IsMore);
            }

            Assert.Equal(allowed.Select(call => call.Id).Order(), changed.Select(call => call.Id).Order());
            Assert.Equal(allowed.Select(call => call.Id).Order(), (await house.Log.Find(scope, [.. all.Select(call => new CallKey(call.Connection, call.ProviderCallId))])).Select(call => call.Id).Order());
            Assert.Equal(allowed.Count, (await house.Log.EventsOf(scope, [.. all.Select(call => new CallKey(call.Connection, call.ProviderCallId))])).Count);
            foreach (var call in all)
            {
                Assert.Equal(scope.Allows(call), await house.Log.Find(scope, call.Id) is not null);
                if (scope.Allows(call)) Assert.NotEmpty(await house.Log.EventsOf(scope, call));
                else Assert.Equal("call.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.Log.EventsOf(scope, call))).Code);
                Assert.All(await house.Log.MadeGoodBy(scope, call.Id), good => Assert.True(scope.Allows(good)));
            }

            var choices = await house.Log.Choices(scope);
            Assert.Equal(allowed.Where(call => call.EndedAt is not null).Select(call => call.Queue).OfType<string>().Distinct().Order(StringComparer.Ordinal), choices.Queues);
        }
    }

    [Fact]
    public async Task The_live_feed_tells_each_watcher_of_his_calls_and_of_others_only_that_one_was_his()
    {
        await using var house = await House.Open();
        var company = await Company.Of(house);
        using var watch = house.Feed.Follow(new Fixed(CallScope.Own(company.People[0])));

        await house.Hear(Company.Call("mine", Noon.AddDays(1), "100", "q-none"));
        await house.Hear(Company.Call("another's", Noon.AddDays(1), "102", "q-none"));
        var heard = new List<Call>();
        while (watch.Changes.TryRead(out var changed)) heard.AddRange(changed);
        Assert.Equal(["mine"], heard.Select(call => call.ProviderCallId));
        Assert.False(watch.TakeOthers());

        // A call that goes on to another team's queue is that team's; whoever saw it has to look again.
        using var team = house.Feed.Follow(new Fixed(CallScope.Of(null, [company.Teams[0]])));
        await house.Hear(Company.Call("moves", Noon.AddDays(2), "106", "q-0", isAnswered: false, isOver: false));
        while (team.Changes.TryRead(out _)) ;
        Assert.False(team.TakeOthers());
        await house.Hear([new QueueJoined(new CallKey("test", "moves"), Noon.AddDays(2).AddSeconds(20), "q-1")]);
        Assert.Equal(company.Teams[1], (await house.Calls()).Single(call => call.ProviderCallId == "moves").Team);
        while (team.Changes.TryRead(out _)) ;
        Assert.True(team.TakeOthers());
        Assert.False(team.TakeOthers());
    }

    /// <summary>A new reading method cannot forget to ask who looks.</summary>
    [Fact]
    public void Whatever_of_the_log_returns_calls_or_their_facts_asks_for_a_scope_first()
    {
        foreach (var method in typeof(CallLog).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (!Mentions(method.ReturnType, typeof(Call), typeof(CallPage), typeof(ChangePage), typeof(CallEvent), typeof(CallCount), typeof(CallChoices))) continue;
            if (method.Name == nameof(CallLog.Append)) continue; // what was told just now, to who tells it
            Assert.Contains(method.GetParameters(), parameter => parameter.ParameterType == typeof(CallScope));
        }

        static bool Mentions(Type type, params Type[] wanted) => wanted.Contains(type) || type.GetGenericArguments().Any(part => Mentions(part, wanted));
    }

    [Fact]
    public async Task d50_a_scope_reads_an_index_in_its_order()
    {
        await using var house = await House.Open();
        var rows = new (string Name, CallScope Scope, CallFilter Filter, string[] Indexes)[]
        {
            ("own", CallScope.Own("u"), new(), ["SEARCH call_people USING PRIMARY KEY (user_id=?"]),
            ("own missed", CallScope.Own("u"), new(Missed: true), ["SEARCH call_people USING PRIMARY KEY (user_id=?"]),
            ("own since", CallScope.Own("u"), new(From: Noon), ["SEARCH call_people USING PRIMARY KEY (user_id=? AND at>?"]),
            ("own of a number", CallScope.Own("u"), new(Customer: "612345678"), ["INDEX calls_by_customer (customer_key=?"]),
            ("a team's", CallScope.Of("u", ["t"]), new(Operator: "101"), ["INDEX calls_by_team (team_id=?", "SEARCH call_people USING PRIMARY KEY (user_id=?"]),
            ("a team's of a number", CallScope.Of("u", ["t", "s"]), new(Customer: "612345678"), ["INDEX calls_by_customer (customer_key=?"]),
            ("one team of all", CallScope.All("u"), new(Team: "t"), ["INDEX calls_by_team (team_id=?"]),
            ("no team of all", CallScope.All("u"), new(Team: CallFilter.NoTeam), ["INDEX calls_by_team (team_id=?"]),
        };
        foreach (var (name, scope, filter, indexes) in rows)
            foreach (var order in Enum.GetValues<CallOrder>())
                foreach (var after in (CallCursor?[])[null, new CallCursor(Noon, 7)])
                {
                    var history = CallSearch.PartsOf(scope, filter with { Alive = false }, order, after, isPostgres: false).ToList();
                    Assert.Equal(indexes.Length, history.Count);
                    foreach (var (search, index) in history.Zip(indexes))
                        foreach (var sql in (string[])[search.Page(51), search.Count()])
                        {
                            var plan = await CallLogTests.Plan(house, sql, search.Values);
                            Assert.True(plan.Contains(index), $"{name}: {plan}");
                            Assert.DoesNotContain("TEMP B-TREE", plan);
                        }

                    Assert.All(CallSearch.PartsOf(scope, filter with { Alive = true }, order, after, isPostgres: false), search =>
                        Assert.Contains("calls_alive", CallLogTests.Plan(house, search.Page(51), search.Values).Result));
                }
    }

    sealed class Fixed(CallScope scope) : ISight
    {
        public CallScope Calls => scope;

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }
}

/// <summary>Three teams and people in none, whose calls overlap: rung together, passed on, on each other's queues.</summary>
sealed class Company
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    /// <summary>u0 and u1 belong to the first team, u1 and u2 to the second, u3 to the third, u4 and u5 to none.</summary>
    public required IReadOnlyList<string> People { get; init; }

    public required IReadOnlyList<string> Teams { get; init; }

    public int Calls { get; private set; }

    public IEnumerable<(string Name, CallScope Scope)> Scopes =>
    [
        ("none", CallScope.None), ("everything", CallScope.All(People[0])),
        .. People.Select((person, i) => ($"own {i}", CallScope.Own(person))),
        .. Teams.Select((team, i) => ($"manager {i}", CallScope.Of(People[i + 3], [team]))),
        ("manager of two", CallScope.Of(People[1], [Teams[0], Teams[2]])), ("key of a team", CallScope.Of(null, [Teams[1]])), ("key of no team", CallScope.Of(null, [])),
    ];

    public IEnumerable<CallFilter> Filters =>
    [
        new(), new(Alive: true), new(Alive: false), new(Missed: true), new(Customer: "612345678"), new(Operator: "101"), new(Queue: "q-0"),
        new(From: Noon.AddMinutes(10), Until: Noon.AddMinutes(50)), new(Team: Teams[0]), new(Team: Teams[1], Missed: true), new(Team: CallFilter.NoTeam),
        new(Team: Teams[1], Customer: "612345678"), new(Team: CallFilter.NoTeam, Alive: true), new(Team: "guessed"),
    ];

    public static async Task<Company> Of(House house) => await Of(house.Users, house.Teams, events => house.Hear(events));

    public static async Task<Company> Of(Users users, TeamBook book, Func<IReadOnlyCollection<CallEvent>, Task> hear)
    {
        var (people, teams) = (new List<string>(), new List<string>());
        for (var i = 0; i < 6; i++)
        {
            people.Add((await users.Add(new NewPerson($"u{i}@example.com", $"Persona {i}", [Role.Operator]), null, Authority.Console)).Id);
            await book.GiveExtension(people[i], "test", $"{100 + i}", DateTimeOffset.MinValue, Authority.Console);
        }

        for (var i = 0; i < 3; i++)
        {
            teams.Add((await book.Add($"Equipo {i}", TeamType.CallCenter, Authority.Console)).Id);
            await book.GiveLine(teams[i], "test", LineKind.Queue, $"q-{i}", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        }

        foreach (var (team, person) in ((int, int)[])[(0, 0), (0, 1), (1, 1), (1, 2), (2, 3)]) await book.AddMember(teams[team], people[person], DateTimeOffset.MinValue, Authority.Console);

        var company = new Company { People = people, Teams = teams };
        var chance = new Random(11);
        for (var i = 0; i < 60; i++)
        {
            var (first, second) = ($"{100 + chance.Next(7)}", $"{100 + chance.Next(7)}"); // 106 is nobody's
            var queue = chance.Next(4) is var q && q < 3 ? $"q-{q}" : "q-none";
            await hear(Call($"call-{i}", Noon.AddMinutes(i), first, queue, second, isAnswered: i % 4 != 0, isOver: i % 10 != 9));
            company.Calls++;
        }

        return company;
    }

    public static IReadOnlyCollection<CallEvent> Call(string id, DateTimeOffset at, string first, string queue, string? second = null, bool isAnswered = true, bool isOver = true)
    {
        var key = new CallKey("test", id);
        var events = new List<CallEvent>
        {
            new CallStarted(key, at, Direction.Inbound, PhoneNumber.Parse(id[^1] % 3 == 0 ? "612345678" : "698765432", "ES"), null, "910000000"),
            new QueueJoined(key, at.AddSeconds(1), queue),
            new AttemptStarted(key, at.AddSeconds(2), "a", first),
        };
        if (second is not null && second != first) events.Add(new AttemptStarted(key, at.AddSeconds(3), "b", second));
        if (isAnswered) events.Add(new AttemptAnswered(key, at.AddSeconds(9), "a"));
        if (isOver) events.Add(new CallEnded(key, at.AddSeconds(30), isAnswered ? EndCause.Normal : EndCause.Cancelled));
        return events;
    }
}
