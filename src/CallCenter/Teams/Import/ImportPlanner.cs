using CallCenter.Calls;

namespace CallCenter.Teams.Import;

/// <summary>Compares a file with what is known. What it finds wrong is what doing it would be refused for.</summary>
sealed class ImportPlanner(Users users, TeamBook book, IPhoneSystems phones, TimeProvider clock)
{
    static readonly Dictionary<string, Role> Roles = new()
    {
        ["operator"] = Role.Operator,
        ["operador"] = Role.Operator,
        ["operadora"] = Role.Operator,
        ["operadordecallcenter"] = Role.Operator,
        ["manager"] = Role.Manager,
        ["gerente"] = Role.Manager,
        ["gerentedecallcenter"] = Role.Manager,
        ["administrator"] = Role.Administrator,
        ["admin"] = Role.Administrator,
        ["administrador"] = Role.Administrator,
        ["administradora"] = Role.Administrator,
    };

    static readonly Dictionary<string, TeamType> Types = new()
    {
        ["callcenter"] = TeamType.CallCenter,
        ["sales"] = TeamType.Sales,
        ["ventas"] = TeamType.Sales,
        ["aftersales"] = TeamType.AfterSales,
        ["posventa"] = TeamType.AfterSales,
        ["administration"] = TeamType.Administration,
        ["administracion"] = TeamType.Administration,
        ["other"] = TeamType.Other,
        ["otro"] = TeamType.Other,
    };

    static readonly Dictionary<string, string> Languages = new() { ["es"] = "es", ["espanol"] = "es", ["spanish"] = "es", ["en"] = "en", ["ingles"] = "en", ["english"] = "en" };

    /// <exception cref="Refusal">He may change nobody.</exception>
    public ImportPlan Plan(PeopleFile file, DateTimeOffset? since, Authority by, Roster roster)
    {
        if (!by.Rights.Has(Ability.ManageUsers)) throw new Refusal(RefusalKind.Forbidden, "user.may-not");
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var plans = new List<PlannedLine>();
        foreach (var line in file.Lines)
        {
            var name = line[file.IsOfPeople ? ImportField.Email : ImportField.Team] ?? "";
            try
            {
                Once(seen, name, name, line);
                plans.Add(file.IsOfPeople ? PlanPerson(line, name, since, by, roster, seen) : PlanTeam(line, name, since, by, roster, seen));
            }
            catch (Refusal refusal)
            {
                plans.Add(new PlannedLine(line.Number, name, ImportVerdict.Wrong, [], refusal));
            }
        }

        return new ImportPlan(file.IsOfPeople, plans, file.Unused);
    }

    PlannedLine PlanPerson(ImportLine line, string email, DateTimeOffset? since, Authority by, Roster roster, Dictionary<string, int> seen)
    {
        var known = users.WithEmail(roster, email);
        if (known?.ArchivedAt is not null) throw new Refusal(RefusalKind.Conflict, "user.archived", known.Name);
        var wanted = Users.Checked(With(line, known ?? users.New(new NewPerson(email, line[ImportField.Name] ?? email.Split('@')[0], [Role.Operator]))));
        users.Must(roster, known, wanted, by);
        var changes = known is null ? Described(wanted) : [.. Described(wanted).Zip(Described(known), (after, before) => after with { Before = before.After }).Where(change => change.Before != change.After)];
        var steps = new List<Step>();
        foreach (var named in line.List(ImportField.Teams))
        {
            var team = TeamNamed(roster, named);
            if (roster.Memberships.Any(membership => membership.Team == team.Id && membership.User == wanted.Id && Holds(membership.When, since))) continue;
            TeamBook.NotHimself(by, wanted.Id);
            changes.Add(new(ImportField.Teams, null, team.Name));
            steps.Add(book.AddingMember(team.Id, wanted.Id, since, by));
        }

        foreach (var named in line.List(ImportField.Extensions))
        {
            var (connection, extension) = OnConnection(named);
            Once(seen, $"extension {connection} {extension}", extension, line);
            var holdings = roster.Extensions.Where(given => given.Connection == connection && given.Name == extension).ToList();
            TeamBook.MustNotBeGivenLater(roster, holdings, wanted.Id, At(since));
            var holding = holdings.Find(given => given.When.Contains(At(since)));
            if (holding is not null && holding.User == wanted.Id && Holds(holding.When, since)) continue;
            changes.Add(new(ImportField.Extensions, holding is null ? null : roster.People[holding.User].Name, $"{extension} ({phones.NameOf(connection)})"));
            steps.Add(book.GivingExtension(wanted.Id, connection, extension, since, by));
        }

        var own = known is null ? users.Adding(wanted, by) : wanted == known ? null : users.Changing(known.Id, person => With(line, person), by);
        return new PlannedLine(line.Number, email, VerdictOf(known is null, changes), changes) { First = own is null ? [] : [own], Then = steps, NewPerson = known is null ? wanted.Id : null };
    }

    PlannedLine PlanTeam(ImportLine line, string name, DateTimeOffset? since, Authority by, Roster roster, Dictionary<string, int> seen)
    {
        var known = roster.Teams.Values.FirstOrDefault(team => team.ArchivedAt is null && string.Equals(team.Name, name, StringComparison.OrdinalIgnoreCase));
        var type = line[ImportField.TeamType] is { } written ? Known(Types, written, ImportField.TeamType) : known?.Type ?? TeamType.CallCenter;
        var team = known ?? book.New(name, type);
        var manager = line[ImportField.Manager] is { } leader ? PersonNamed(roster, leader) : null;
        var changes = new List<ImportChange>();
        if (known is null || known.Type != type) changes.Add(new(ImportField.TeamType, known is null ? null : $"{known.Type}", $"{type}"));
        var leads = manager is not null && manager.Id != known?.Manager;
        if (leads)
        {
            TeamBook.MustBeAbleToLead(roster, manager!.Id, by);
            changes.Add(new(ImportField.Manager, known?.Manager is { } before ? roster.People[before].Name : null, manager.Name));
        }

        var steps = new List<Step>();
        if (leads || (known is not null && known.Type != type)) steps.Add(book.Changing(team.Id, one => one with { Type = type, Manager = manager?.Id ?? one.Manager }, by));
        foreach (var person in line.List(ImportField.Members).Select(named => PersonNamed(roster, named)))
        {
            if (roster.Memberships.Any(membership => membership.Team == team.Id && membership.User == person.Id && Holds(membership.When, since))) continue;
            TeamBook.NotHimself(by, person.Id);
            changes.Add(new(ImportField.Members, null, person.Name));
            steps.Add(book.AddingMember(team.Id, person.Id, since, by));
        }

        foreach (var (field, kind) in new[] { (ImportField.Lines, LineKind.Line), (ImportField.Queues, LineKind.Queue) })
            foreach (var named in line.List(field))
            {
                var (connection, what) = OnConnection(named);
                Once(seen, $"{kind} {connection} {what}", what, line);
                var fillsPast = since == DateTimeOffset.MinValue;
                var holding = roster.Lines.FirstOrDefault(given => given.Connection == connection && given.Kind == kind && given.Name == what && given.When.Contains(clock.GetUtcNow()));
                if (holding is not null && holding.Team == team.Id && (!fillsPast || holding.FillsPast || holding.When.Since is null)) continue;
                changes.Add(new(field, holding is null ? null : roster.Teams[holding.Team].Name, $"{what} ({phones.NameOf(connection)})"));
                // With its past: not from the beginning, which would take past calls from a team that had the line then.
                steps.Add(book.GivingLine(team.Id, connection, kind, what, fillsPast ? null : since, fillsPast, by));
            }

        return new PlannedLine(line.Number, name, VerdictOf(known is null, changes), changes) { First = known is null ? [book.Adding(team, by)] : [], Then = steps };
    }

    static Person With(ImportLine line, Person person) => person with
    {
        Name = line[ImportField.Name] ?? person.Name,
        Roles = line.List(ImportField.Roles) is { Count: > 0 } roles ? [.. roles.Select(role => Known(Roles, role, ImportField.Roles))] : person.Roles,
        Abilities = line.List(ImportField.Abilities) is { Count: > 0 } abilities ? [.. abilities.Select(AbilityNamed)] : person.Abilities,
        Phones = line[ImportField.Phones] ?? person.Phones,
        Language = line[ImportField.Language] is { } language ? Known(Languages, language, ImportField.Language) : person.Language,
        TimeZone = line[ImportField.TimeZone] ?? person.TimeZone,
    };

    /// <summary>Words of the program stay words of the program: whoever shows them says them in the reader's language.</summary>
    static List<ImportChange> Described(Person person) =>
    [
        new(ImportField.Name, null, person.Name),
        new(ImportField.Roles, null, string.Join(' ', person.Roles)),
        new(ImportField.Abilities, null, string.Join(' ', person.Abilities.Select(ability => ability.Slug()))),
        new(ImportField.Phones, null, person.Phones),
        new(ImportField.Language, null, person.Language),
        new(ImportField.TimeZone, null, person.TimeZone),
    ];

    static ImportVerdict VerdictOf(bool isNew, List<ImportChange> changes) => isNew ? ImportVerdict.Added : changes.Count > 0 ? ImportVerdict.Changed : ImportVerdict.Same;

    static void Once(Dictionary<string, int> seen, string key, string named, ImportLine line)
    {
        if (!seen.TryAdd(key, line.Number)) throw new Refusal(RefusalKind.Invalid, "import.twice", named, seen[key]);
    }

    static Ability AbilityNamed(string written) => Abilities.TryParse(written.ToLowerInvariant(), out var ability) ? ability
        : throw new Refusal(RefusalKind.Invalid, "import.unknown-word", written, string.Join(", ", Enum.GetValues<Ability>().Select(known => known.Slug())));

    static T Known<T>(Dictionary<string, T> words, string written, ImportField field) => words.TryGetValue(PeopleFile.Plain(written), out var value) ? value
        : throw new Refusal(RefusalKind.Invalid, "import.unknown-word", written, field switch
        {
            ImportField.Roles => "operador, gerente, administrador",
            ImportField.TeamType => "call center, ventas, posventa, administración, otro",
            _ => "es, en",
        });

    static Team TeamNamed(Roster roster, string name) =>
        roster.Teams.Values.FirstOrDefault(team => team.ArchivedAt is null && string.Equals(team.Name, name, StringComparison.OrdinalIgnoreCase)) ?? throw new Refusal(RefusalKind.NotFound, "import.no-team", name);

    Person PersonNamed(Roster roster, string email)
    {
        var person = users.WithEmail(roster, email) ?? throw new Refusal(RefusalKind.NotFound, "import.no-person", email);
        return person.ArchivedAt is null ? person : throw new Refusal(RefusalKind.Conflict, "user.archived", person.Name);
    }

    /// <summary><c>101</c> where there is one phone system, else <c>Centralita:101</c>.</summary>
    (string Connection, string Name) OnConnection(string written)
    {
        if (phones.Names is [var only] && !written.StartsWith(only.Name + ":", StringComparison.OrdinalIgnoreCase)) return (only.Connection, written);
        foreach (var (connection, name) in phones.Names)
            if (written.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase) && written.Length > name.Length + 1) return (connection, written[(name.Length + 1)..].Trim());
        throw phones.Names.Count == 0
            ? new Refusal(RefusalKind.NotFound, "import.no-phone-system", written)
            : new Refusal(RefusalKind.NotFound, "import.which-phone-system", written, string.Join(", ", phones.Names.Select(known => known.Name)));
    }

    DateTimeOffset At(DateTimeOffset? since) => since ?? clock.GetUtcNow();

    /// <summary>What is wished for is so already, for good.</summary>
    bool Holds(Period period, DateTimeOffset? since) => period.Until is null && period.Contains(At(since));
}
