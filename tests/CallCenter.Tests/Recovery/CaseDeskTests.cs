using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Recovery;
using CallCenter.Teams;
using CallCenter.Tests.Calls;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public sealed class CaseDeskTests
{
    static readonly CaseScope Everything = CaseScope.Of(CallScope.Machine);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Of_two_who_take_a_case_at_the_same_instant_on_two_nodes_one_gets_it_and_the_other_is_told_who(On database)
    {
        await using var house = await House.Open(database);
        await using var beside = await House.Beside(house);
        var (ana, luis) = (await Operator(house, "Ana"), await Operator(house, "Luis"));
        await beside.Personnel.Load();
        for (var round = 0; round < 10; round++)
        {
            await house.Hear(Missed($"a{round}", round * 60, $"61234560{round}"));
            var id = (await house.AllCases()).Single(one => one.IsOpen && one.OwnerRule != OwnerRule.ByHand).Id;

            var taken = await Task.WhenAll(new (House House, string Person)[] { (house, ana), (beside, luis) }
                .Select(who => Task.Run(async () => await Record.ExceptionAsync(() => who.House.CaseDesk.Claim(Everything, id, who.Person, Actor.Console)))));

            var refused = Assert.IsType<Refusal>(Assert.Single(taken, e => e is not null));
            var owner = (await house.AllCases()).Single(one => one.Id == id).Owner;
            Assert.Equal(("case.claimed-by-other", RefusalKind.Conflict), (refused.Code, refused.Kind));
            Assert.Equal(owner == ana ? "Ana" : "Luis", refused.Arguments[0]);
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_case_is_its_last_rung_operators_else_who_looks_after_the_customer_else_the_teams_else_its_managers_else_nobodys(On database)
    {
        await using var house = await House.Open(database);
        var (ana, luis, rosa) = (await Operator(house, "Ana", "101"), await Operator(house, "Luis", "102"), await Operator(house, "Rosa"));
        var team = (await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console)).Id;
        await house.Teams.GiveLine(team, "test", LineKind.Line, "910000000", DateTimeOffset.MinValue, false, Authority.Console);
        await house.Teams.AddMember(team, ana, DateTimeOffset.MinValue, Authority.Console);
        await house.Teams.AddMember(team, luis, DateTimeOffset.MinValue, Authority.Console);

        await house.Hear(Missed("rung", 0, "612345601"));
        await house.Hear([.. Missed("both", 60, "612345602"), new AttemptStarted(new CallKey("test", "both"), Noon.AddSeconds(60.2), "other", "102")]);
        await house.Hear([.. Missed("then", 120, "612345603"), new AttemptStarted(new CallKey("test", "then"), Noon.AddSeconds(125), "other", "102")]);
        await house.Hear(Missed("unknown phone", 180, "612345604", extension: "199"));
        await house.Hear(Missed("other line", 240, "612345605", line: "910000009", extension: "199"));
        await house.Teams.RemoveMember(team, ana, null, Authority.Console);
        await house.Teams.RemoveMember(team, luis, null, Authority.Console);
        await house.Teams.Change(team, known => known with { Manager = rosa }, Authority.Console);
        await house.Hear(Missed("empty team", 300, "612345606", extension: "199"));

        var owners = (await house.AllCases()).ToDictionary(one => one.Number[^1], one => (one.Owner, one.OwnerRule));
        Assert.Equal((ana, OwnerRule.LastRung), owners['1']);
        Assert.Equal((null, OwnerRule.Team), owners['2']);
        Assert.Equal((luis, OwnerRule.LastRung), owners['3']);
        Assert.Equal((null, OwnerRule.Team), owners['4']);
        Assert.Equal((null, OwnerRule.Nobody), owners['5']);
        Assert.Equal((rosa, OwnerRule.Manager), owners['6']);

        // Who looks after the customer comes before the team, also when it is said only afterwards whose call it was.
        foreach (var number in (string[])["612345601", "612345605"])
            await house.Customers.Add(new Customer(0, CustomerKind.Company, "Talleres", Owner: rosa), PhoneNumber.Parse(number, "ES"), Actor.Console);
        await house.Hear(Missed("known", 360, "612345605", line: "910000008", extension: "199"));
        var cases = await house.AllCases();
        Assert.Equal((ana, OwnerRule.LastRung), cases.Where(one => one.Number.EndsWith('1')).Select(one => (one.Owner, one.OwnerRule)).Single());
        Assert.All(cases.Where(one => one.Number.EndsWith('5')), one => Assert.Equal((rosa, OwnerRule.Account), (one.Owner, one.OwnerRule)));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task It_is_due_in_the_teams_working_time_and_again_after_each_try_in_vain(On database)
    {
        await using var house = await House.Open(database);
        // 4 May 2026 is a Monday; noon UTC is 14:00 in Madrid.
        var week = new Dictionary<DayOfWeek, IReadOnlyList<Shift>>();
        foreach (var day in Enum.GetValues<DayOfWeek>()) week[day] = day is DayOfWeek.Saturday or DayOfWeek.Sunday ? [] : [new Shift(new(9, 0), new(14, 10))];
        var hours = new OpeningHours("Europe/Madrid", week, [new Holiday(new(2026, 5, 5), "Fiesta")]);
        var team = (await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console, hours, new TeamTargets(CallBackMinutes: 15))).Id;
        await house.Teams.GiveLine(team, "test", LineKind.Line, "910000000", DateTimeOffset.MinValue, false, Authority.Console);

        await house.Hear(Missed("a", 290, "612345601")); // ends at 14:05 there: five minutes today, none tomorrow, ten the day after
        Assert.Equal(new DateTimeOffset(2026, 5, 6, 9, 10, 0, TimeSpan.FromHours(2)), Assert.Single(await house.AllCases()).DueAt);

        var (opening, tries) = (new DateTimeOffset(2026, 5, 6, 9, 0, 0, TimeSpan.FromHours(2)), 0);
        foreach (var minutes in (int[])[30, 120, 300 - 10])
        {
            var tried = opening.AddMinutes(tries);
            await house.Hear(Told($"o{++tries}", tried, 20, outbound: true, answered: false, "612345601"));
            var one = Assert.Single(await house.AllCases());
            Assert.Equal(tries, one.Attempts);
            if (tries < 3) Assert.Equal(tried.AddMinutes(minutes), one.DueAt);
            else Assert.Equal(new DateTimeOffset(2026, 5, 7, 9, 0, 0, TimeSpan.FromHours(2)).AddMinutes(480 - 308), one.DueAt); // the rest of the day, then the next morning
        }

        // The customer calls again: that counts anew.
        await house.Hear(Told("again", opening.AddHours(1), 10, outbound: false, answered: false, "612345601"));
        Assert.Equal(opening.AddHours(1).AddSeconds(10).AddMinutes(15), Assert.Single(await house.AllCases()).DueAt);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task While_somebody_calls_the_customer_everybody_sees_who_and_nobody_else_can_take_it(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddMinutes(10)));
        var (ana, luis) = (await Operator(house, "Ana", "101"), await Operator(house, "Luis"));
        await house.Hear(Missed("a", 0, "612345601", extension: "199"));
        var id = Assert.Single(await house.AllCases()).Id;
        var call = CalledBack("o", 540, "612345601", answered: false);
        await house.Hear(call.Take(2).ToList());

        var one = Assert.Single(await house.AllCases());
        Assert.Equal((ana, true), (one.ReservedBy, one.ReservedCall is not null));
        var refused = await Assert.ThrowsAsync<Refusal>(() => house.CaseDesk.Claim(Everything, id, luis, Actor.Console));
        Assert.Equal(("case.reserved-by-other", "Ana"), (refused.Code, refused.Arguments[0]));

        await house.Hear(call);
        Assert.Null(Assert.Single(await house.AllCases()).ReservedBy);
        Assert.Equal(luis, (await house.CaseDesk.Claim(Everything, id, luis, Actor.Console)).Owner);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_is_about_to_dial_sees_that_the_customer_is_calling_again(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Missed("a", 0, "612345601"));
        var id = Assert.Single(await house.AllCases()).Id;
        Assert.False((await house.CaseList.Find(Everything, id))!.IsCallingNow);
        var again = Missed("b", 100, "0034612345601", line: "910000009");
        await house.Hear(again.Take(2).ToList());
        Assert.True((await house.CaseList.Find(Everything, id))!.IsCallingNow);
        await house.Hear(again);
        Assert.False((await house.CaseList.Find(Everything, id))!.IsCallingNow);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Opening_a_case_keeps_others_off_for_some_minutes_only(On database)
    {
        var clock = new StandingClock(Noon.AddMinutes(1));
        await using var house = await House.Open(database, clock);
        var (ana, luis) = (await Operator(house, "Ana"), await Operator(house, "Luis"));
        await house.Hear(Missed("a", 0, "612345601"));
        var id = Assert.Single(await house.AllCases()).Id;

        await house.CaseDesk.Reserve(Everything, id, ana, Actor.Console);
        Assert.Equal("case.reserved-by-other", (await Assert.ThrowsAsync<Refusal>(() => house.CaseDesk.Reserve(Everything, id, luis, Actor.Console))).Code);
        Assert.Empty(await house.CaseDesk.LetGo(10, default));
        clock.Now += RecoveryCase.ReservedFor + TimeSpan.FromMilliseconds(1);
        var told = 0;
        house.Cases.Changed += () => told++;
        Assert.Null(Assert.Single(await house.CaseDesk.LetGo(10, default)).ReservedBy); // who looks on sees it without doing anything
        Assert.Equal(1, told);
        Assert.Equal(luis, (await house.CaseDesk.Reserve(Everything, id, luis, Actor.Console)).ReservedBy);
        Assert.Null((await house.CaseDesk.Release(Everything, id, luis, Actor.Console)).ReservedBy);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_a_person_closed_stays_closed_when_calls_become_known_and_a_new_miss_opens_another(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Missed("a", 0, "612345601"));
        var id = Assert.Single(await house.AllCases()).Id;
        await house.CaseDesk.Close(Everything, id, CaseEnd.NotNeeded, null, Actor.Console, "compró en la tienda");
        await house.Hear(GotThrough("in", 100, "612345601"));
        await house.Hear(Missed("b", 200, "612345601"));

        var cases = await house.AllCases();
        Assert.Equal((CaseEnd.NotNeeded, true), (cases.Single(one => one.Id == id).EndReason!.Value, cases.Single(one => one.Id == id).ByHand));
        var open = Assert.Single(cases, one => one.IsOpen);
        Assert.Equal("case.open-already", (await Assert.ThrowsAsync<Refusal>(() => house.CaseDesk.Reopen(Everything, id, Actor.Console))).Code);
        await house.CaseDesk.Close(Everything, open.Id, CaseEnd.Solved, null, Actor.Console);
        Assert.True((await house.CaseDesk.Reopen(Everything, id, Actor.Console)).IsOpen);
        // What happened before it was opened again settles nothing; what happens afterwards does.
        await house.Hear(GotThrough("in", 100, "612345601"));
        Assert.True((await house.AllCases()).Single(one => one.Id == id).IsOpen);
        await house.Hear(Told("later", TimeProvider.System.GetUtcNow().AddSeconds(2), 30, outbound: true, answered: true, "612345601"));
        Assert.Equal(CaseEnd.Reached, (await house.AllCases()).Single(one => one.Id == id).EndReason);
        Assert.Equal(["case.closed", "case.reopened"], (await house.Audit.List(new AuditFilter(Subject: $"case:{id}"))).Select(line => line.Action).Order());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_try_by_another_telephone_counts_and_what_came_of_it_decides(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddMinutes(30)));
        var ana = await Operator(house, "Ana", "101");
        await house.Hear(Missed("a", 0, "612345601"));
        await house.Hear(Missed("b", 0, "612345602"));
        var (first, second) = ((await house.AllCases())[0].Id, (await house.AllCases())[1].Id);

        var tried = await house.CaseDesk.Attempt(Everything, first, AttemptOutcome.NoAnswer, ana, Actor.Console, "desde el móvil");
        Assert.Equal((1, Noon.AddMinutes(60), true), (tried.Attempts, tried.DueAt, tried.IsOpen));
        // The phone system saw this one: what is said of it is no further try.
        await house.Hear(CalledBack("o", 1500, "612345601", answered: false));
        Assert.Equal(2, (await house.AllCases()).Single(one => one.Id == first).Attempts);
        Assert.Equal(2, (await house.CaseDesk.Attempt(Everything, first, AttemptOutcome.NoAnswer, ana, Actor.Console)).Attempts);

        var closed = await house.CaseDesk.Attempt(Everything, second, AttemptOutcome.WrongNumber, ana, Actor.Console);
        Assert.Equal((CaseEnd.WrongNumber, ana), (closed.EndReason!.Value, closed.ClosedBy));
        // Who settled it may add what came of it, somebody else may not.
        await house.CaseDesk.Attempt(Everything, second, AttemptOutcome.AskedForQuote, ana, Actor.Console);
        Assert.Equal("case.closed", (await Assert.ThrowsAsync<Refusal>(() => house.CaseDesk.Attempt(Everything, second, AttemptOutcome.NoAnswer, "another", Actor.Console))).Code);
        Assert.Equal(2, (await house.Audit.List(new AuditFilter(Subject: $"case:{second}"))).Count(line => line.Action == "case.tried"));
        var detail = (await house.CaseList.Find(Everything, first))!;
        Assert.Equal([(AttemptOutcome.NoAnswer, "desde el móvil", true), (AttemptOutcome.NoAnswer, null, false)], detail.Results.Select(one => (one.Result, one.Note, one.Call is null)));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d12_a_callback_that_was_put_off_and_missed_is_told_of_once(On database)
    {
        var clock = new StandingClock(Noon.AddMinutes(1));
        await using var house = await House.Open(database, clock);
        await house.Hear(Missed("a", 0, "612345601"));
        var id = Assert.Single(await house.AllCases()).Id;
        await house.CaseDesk.Postpone(Everything, id, Noon.AddHours(2), Actor.Console);

        clock.Now = Noon.AddMinutes(90);
        Assert.Empty(await house.CaseDesk.Escalate(10, default));
        clock.Now = Noon.AddHours(2).AddSeconds(1);
        Assert.Equal(id, Assert.Single(await house.CaseDesk.Escalate(10, default)).Id);
        Assert.Empty(await house.CaseDesk.Escalate(10, default));
        Assert.Equal(1, (await house.CaseList.Count(Everything, Noon)).Overdue);
        Assert.Equal("server", (await house.Audit.List(new AuditFilter(Subject: $"case:{id}"))).Single(line => line.Action == "case.escalated").Actor.Id);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Everybody_sees_the_cases_of_his_calls_his_own_and_those_of_his_teams_that_nobody_has(On database)
    {
        await using var house = await House.Open(database);
        var company = await Company.Of(house);
        var calls = (await house.Calls()).ToDictionary(call => call.Id);
        // Somebody whose telephone never rang for it gets one.
        await house.Hear(Missed("somebody's", 0, "612345698", "910000000", "106"));
        var given = (await house.AllCases()).First(one => one.Number == "+34612345698");
        var stranger = (await house.Users.Add(new NewPerson("u6@example.com", "Persona 6", [Role.Operator]), null, Authority.Console)).Id;
        await house.CaseDesk.Assign(Everything, given.Id, stranger, Actor.Console);
        await house.Hear(Missed("nobody's", 0, "612345699", "910000000", "106"));
        calls = (await house.Calls()).ToDictionary(call => call.Id);
        var cases = (await house.AllCases()).Where(one => one.Misses > 0).ToList();
        Assert.Contains(cases, one => one.Owner is null);

        var scopes = company.Scopes.Select(pair => (pair.Name, Scope: CaseScope.Of(pair.Scope)))
            .Concat(company.People.Append(stranger).Select((person, i) => ($"operator {i}", new CaseScope(CallScope.Own(person), [.. house.Personnel.Now.OwnTeams(person, DateTimeOffset.UtcNow)]))));
        var stands = new CaseStands(house.CaseList, house.Cases, TimeProvider.System);
        foreach (var (name, scope) in scopes)
        {
            var expected = new List<long>();
            foreach (var one in cases)
            {
                var misses = await house.Db.Read(tx => tx.List<long>("select call_id from case_calls where case_id = @Id", new { one.Id }));
                var (last, me) = (calls[one.LastCall], scope.Calls.Person);
                if (scope.Calls.IsEverything || last.Team is { } team && (scope.Calls.Teams.Contains(team) || one.Owner is null && scope.Claimable.Contains(team))
                    || me is not null && (one.Owner == me || misses.Any(id => calls[id].People.Contains(me)))) expected.Add(one.Id);
            }

            var (listed, total) = await house.CaseList.List(scope, new CaseFilter(IsOpen: null), CaseOrder.Oldest, CaseList.PageMax);
            Assert.True(expected.Order().SequenceEqual(listed.Select(item => item.Case.Id).Order()), name);
            Assert.Equal(expected.Count, total);
            Assert.Equal(expected.Count(id => cases.Single(one => one.Id == id).IsOpen), (await house.CaseList.Count(scope, DateTimeOffset.UtcNow)).Open);
            Assert.Equal(await house.CaseList.Stand(scope, new CaseFilter()), await stands.Read(scope, default));
            var changed = await house.CaseList.ChangedAfter(scope, 0, 500, default);
            Assert.Equal(expected.Order(), changed.Cases.Select(item => item.Case.Id).Order());
            foreach (var one in cases)
            {
                var isSeen = expected.Contains(one.Id);
                Assert.Equal(isSeen, await house.CaseList.Find(scope, one.Id) is not null);
                if (!isSeen) Assert.Equal("case.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.CaseDesk.Postpone(scope, one.Id, DateTimeOffset.UtcNow.AddHours(1), Actor.Console))).Code);
            }
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_list_is_sorted_by_the_very_value_and_urgency_that_it_shows(On database)
    {
        var clock = new StandingClock(Noon.AddHours(3));
        await using var house = await House.Open(database, clock);
        var chance = new Random(5);
        for (var i = 0; i < 40; i++)
        {
            await house.Hear(Told($"m{i}", Noon.AddMinutes(chance.Next(170)), chance.Next(2) == 0 ? 10 : 90, outbound: false, answered: false, $"6123456{i % 25:00}"));
            if (i % 3 == 0) await house.Hear(Told($"o{i}", Noon.AddMinutes(chance.Next(175)), 20, outbound: true, answered: false, $"6123456{i % 25:00}"));
        }

        var (listed, total) = await house.CaseList.List(Everything, new CaseFilter(), CaseOrder.Priority, CaseList.PageMax);
        Assert.Equal(25, total);
        Assert.True(listed.Select(item => item.Value.Priority).Distinct().Count() > 15);
        var sorted = listed.Select(item => item.Value.Priority).ToList();
        for (var i = 1; i < sorted.Count; i++) Assert.True(sorted[i - 1] >= sorted[i] - 1e-6, $"{sorted[i - 1]} before {sorted[i]}");
        var sum = (await house.CaseList.Count(Everything, Noon)).ValueCents;
        Assert.InRange(sum, listed.Sum(item => item.Value.Fresh * item.Value.Decay) - 1, listed.Sum(item => item.Value.Fresh * item.Value.Decay) + 1);
    }

    static async Task<string> Operator(House house, string name, string? extension = null)
    {
        var person = (await house.Users.Add(new NewPerson($"{name.ToLowerInvariant()}@example.com", name, [Role.Operator]), null, Authority.Console)).Id;
        if (extension is not null) await house.Teams.GiveExtension(person, "test", extension, DateTimeOffset.MinValue, Authority.Console);
        return person;
    }
}
