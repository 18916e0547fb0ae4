using System.Text;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Teams.Import;
using CallCenter.Telephony;

namespace CallCenter.Tests.Teams.Import;

public sealed class PeopleImportTests
{
    const string Teams = "equipo;tipo;gerente;miembros;colas\nMostrador;ventas;ana@example.com;ana@example.com, LUIS@example.com;ventas\n";
    const string People = "Correo;Nombre;Roles;Extensiones;Idioma;Departamento\nana@example.com;Ana Núñez;gerente;101;inglés;3\nluis@example.com;;operador;102|103;;4\n";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_list_is_shown_first_then_done_and_changes_nothing_the_second_time(On database)
    {
        await using var house = await Office(database);
        var plan = house.Import.Plan(Read(People), null, Authority.Console);
        Assert.Equal((2, 0, 0), (plan.Count(ImportVerdict.Added), plan.Count(ImportVerdict.Changed), plan.Count(ImportVerdict.Wrong)));
        Assert.Equal(["Departamento"], plan.Unused);
        Assert.Single(house.Personnel.Now.People);

        var added = await house.Import.Apply(Read(People), plan, null, Authority.Console);
        var (ana, luis) = (Person(house, "ana@example.com"), Person(house, "luis@example.com"));
        Assert.Equal([ana.Id, luis.Id], added);
        Assert.Equal(("Ana Núñez", "en", Role.Manager), (ana.Name, ana.Language, Assert.Single(ana.Roles)));
        Assert.Equal(("luis", "es", Role.Operator), (luis.Name, luis.Language, Assert.Single(luis.Roles)));
        Assert.Equal(["101", "102", "103"], house.Personnel.Now.Extensions.Select(extension => extension.Name).Order());

        await Do(house, Teams);
        var team = Assert.Single(house.Personnel.Now.Teams.Values);
        Assert.Equal(("Mostrador", TeamType.Sales, ana.Id), (team.Name, team.Type, team.Manager));
        Assert.Equal(added.Order(), house.Personnel.Now.Memberships.Select(membership => membership.User).Order());
        Assert.Equal((LineKind.Queue, "ventas"), (house.Personnel.Now.Lines[0].Kind, house.Personnel.Now.Lines[0].Name));

        foreach (var text in new[] { People, Teams })
        {
            var again = house.Import.Plan(Read(text), null, Authority.Console);
            Assert.All(again.Lines, line => Assert.Equal(ImportVerdict.Same, line.Verdict));
            Assert.False(again.CanBeDone);
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task One_wrong_line_and_nothing_of_the_file_is_done(On database)
    {
        await using var house = await Office(database);
        var file = Read("email,roles,teams\nana@example.com,operador,\nno-address,operador,\nluis@example.com,jefe,\neva@example.com,,Sur\nANA@example.com,,\n");
        var plan = house.Import.Plan(file, null, Authority.Console);
        Assert.Equal([null, "user.email", "import.unknown-word", "import.no-team", "import.twice"], plan.Lines.Select(line => line.Why?.Code));
        Assert.Equal([2, 3, 4, 5, 6], plan.Lines.Select(line => line.Number));
        Assert.Equal("import.not-possible", (await Assert.ThrowsAsync<Refusal>(() => house.Import.Apply(file, plan, null, Authority.Console))).Code);
        Assert.Single(house.Personnel.Now.People);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_fails_half_way_leaves_nothing_behind(On database)
    {
        await using var house = await Office(database);
        await house.Users.Add(new NewPerson("otra@example.com", "Otra", [Role.Administrator]), null, Authority.Console);
        // Each line is right by itself; together they leave nobody who may do everything.
        var file = Read("email,roles\nnueva@example.com,operador\njefe@example.com,operador\notra@example.com,operador\n");
        var plan = house.Import.Plan(file, null, Authority.Console);
        Assert.True(plan.CanBeDone);
        Assert.Equal("import.no-administrator", (await Assert.ThrowsAsync<Refusal>(() => house.Import.Apply(file, plan, null, Authority.Console))).Code);
        await house.Personnel.Load();
        Assert.Equal(2, house.Personnel.Now.People.Values.Count(person => person.IsActiveAdministrator));
        Assert.Equal(2, house.Personnel.Now.People.Count);
    }

    [Fact]
    public async Task What_was_not_shown_is_not_done()
    {
        await using var house = await Office();
        var file = Read("email,name\nana@example.com,Ana\n");
        var plan = house.Import.Plan(file, null, Authority.Console);
        await house.Users.Add(new NewPerson("ana@example.com", "Anabel", [Role.Operator]), null, Authority.Console);

        Assert.Equal("import.changed-meanwhile", (await Assert.ThrowsAsync<Refusal>(() => house.Import.Apply(file, plan, null, Authority.Console))).Code);
        Assert.Equal("Anabel", Person(house, "ana@example.com").Name);
        var now = Assert.Single(house.Import.Plan(file, null, Authority.Console).Lines);
        Assert.Equal(new ImportChange(ImportField.Name, "Anabel", "Ana"), Assert.Single(now.Changes));
    }

    [Fact]
    public async Task Nobody_gives_by_a_file_what_he_could_not_give_by_hand()
    {
        await using var house = await Office();
        var keeper = await house.Users.Add(new NewPerson("keeper@example.com", "Keeper", [Role.Operator], [Ability.ManageUsers]), null, Authority.Console);
        var by = Authority.Of(keeper, house.Personnel.RightsOf(keeper.Id));
        var plan = house.Import.Plan(Read("email,roles,abilities\na@example.com,administrador,\nb@example.com,operador,ver-todas-las-llamadas\nkeeper@example.com,gerente,\njefe@example.com,operador,\nc@example.com,operador,\n"), null, by);
        Assert.Equal(["user.administrators-only", "user.not-yours-to-give", "user.not-own-rights", "user.administrators-only", null], plan.Lines.Select(line => line.Why?.Code));

        var nobody = await house.Users.Add(new NewPerson("nobody@example.com", "Nobody", [Role.Operator]), null, Authority.Console);
        Assert.Equal("user.may-not", Assert.Throws<Refusal>(() => house.Import.Plan(Read(People), null, Authority.Of(nobody, house.Personnel.RightsOf(nobody.Id)))).Code);
    }

    [Fact]
    public async Task Who_has_left_joins_no_team_and_comes_back_by_no_list()
    {
        await using var house = await Office();
        var gone = await house.Users.Add(new NewPerson("gone@example.com", "Gone", [Role.Operator]), null, Authority.Console);
        await house.Users.Archive(gone.Id, Authority.Console);
        Assert.Equal("user.archived", Assert.Single(house.Import.Plan(Read("team,members\nSur,gone@example.com\n"), null, Authority.Console).Lines).Why?.Code);
        Assert.Equal("user.archived", Assert.Single(house.Import.Plan(Read("email,roles\ngone@example.com,manager\n"), null, Authority.Console).Lines).Why?.Code);
    }

    [Fact]
    public async Task An_extension_says_which_phone_system_it_is_of_where_there_are_several()
    {
        await using var house = await Office();
        await house.Switchboard.Add("asterisk", "Taller", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s" }, ConnectionState.Paused);
        var plan = house.Import.Plan(Read("email,extensions\na@example.com,101\nb@example.com,taller:101\nc@example.com,Central:101;Taller:101\n"), null, Authority.Console);
        Assert.Equal(["import.which-phone-system", null, "import.twice"], plan.Lines.Select(line => line.Why?.Code));
        Assert.Equal("101 (Taller)", plan.Lines[1].Changes[^1].After);
    }

    [Fact]
    public async Task With_its_past_an_import_judges_earlier_calls_again()
    {
        await using var house = await Office();
        var connection = house.Switchboard.All.Single().Id;
        var noon = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        await house.Hear([.. Calls.CallLogTests.Answered("c-1", noon).Select(told => told with { Call = new CallKey(connection, "c-1") })]);
        await Do(house, "email,extensions\nana@example.com,101\n", DateTimeOffset.MinValue);
        await house.Rejudging.Run(CancellationToken.None);
        Assert.Equal([Person(house, "ana@example.com").Id], Assert.Single(await house.Calls()).People);
    }

    [Theory]
    [InlineData("utf-8"), InlineData("utf-16"), InlineData("utf-16BE"), InlineData("iso-8859-1")]
    public void A_file_is_read_in_the_encoding_it_came_in(string encoding)
    {
        var how = Encoding.GetEncoding(encoding);
        var file = PeopleFile.Read([.. how.GetPreamble(), .. how.GetBytes("correo electrónico\tTELÉFONOS\tzona horaria\r\na@example.com\t\"+34 600, ñ\"\tEurope/Madrid\r\n\t\t\r\n")]);
        Assert.True(file.IsOfPeople);
        var line = Assert.Single(file.Lines);
        Assert.Equal(("a@example.com", "+34 600, ñ", "Europe/Madrid"), (line[ImportField.Email], line[ImportField.Phones], line[ImportField.TimeZone]));
    }

    [Theory]
    [InlineData("", "csv.empty")]
    [InlineData("email,name\n", "csv.empty")]
    [InlineData("email,na\0me\na@example.com,x\n", "csv.no-text")]
    [InlineData("email,name\na@example.com,\"x\nb@example.com,y\n", "csv.damaged")]
    [InlineData("phone,extension\n1,2\n", "import.no-key")]
    [InlineData("email,correo\na@example.com,b@example.com\n", "import.column-twice")]
    public void What_is_no_list_is_refused_with_the_reason(string text, string code) =>
        Assert.Equal(code, Assert.Throws<Refusal>(() => Read(text)).Code);

    [Fact]
    public void A_list_has_a_limit()
    {
        Assert.Equal("csv.too-large", Assert.Throws<Refusal>(() => Read("email\n" + string.Concat(Enumerable.Range(0, CsvTable.RowsMax + 1).Select(i => $"p{i}@example.com\n")))).Code);
        Assert.Equal("csv.too-large", Assert.Throws<Refusal>(() => Read("email\n" + new string('x', CsvTable.BytesMax))).Code);
    }

    /// <summary>Somebody who may do everything, and one phone system.</summary>
    static async Task<House> Office(On database = On.Sqlite)
    {
        var house = await House.Open(database);
        await house.Users.Add(new NewPerson("jefe@example.com", "Jefe", [Role.Administrator]), null, Authority.Console);
        await house.Switchboard.Add("asterisk", "Central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s" }, ConnectionState.Paused);
        return house;
    }

    static Task<IReadOnlyList<string>> Do(House house, string text, DateTimeOffset? since = null) =>
        house.Import.Apply(Read(text), house.Import.Plan(Read(text), since, Authority.Console), since, Authority.Console);

    static Person Person(House house, string email) => house.Personnel.Now.People.Values.Single(person => person.Email == email);

    static PeopleFile Read(string text) => PeopleFile.Read(Encoding.UTF8.GetBytes(text));
}
