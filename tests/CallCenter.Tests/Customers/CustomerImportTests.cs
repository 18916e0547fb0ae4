using System.Text;
using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Customers.Import;
using CallCenter.Importing;
using CallCenter.Teams;
using MiniExcelLibs;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Customers;

public sealed class CustomerImportTests
{
    const string Head = "Código;Nombre;Tipo;NIF;Correo;Segmento;Tarifa;Comercial;Crédito parado;Teléfono;Móvil;Sucursal;Contacto;Matrícula;Bastidor;Marca;Modelo;Año;Nota\n";

    const string Ruiz = "77;Talleres Ruiz;empresa;B-30001;info@ruiz.example;A;T2;ana@example.com;sí;913000001;600000001 / 600000002;Centro;Eva;1234 KLM;;Seat;León;2019;paga tarde\n";

    static readonly Actor Ana = Actor.User("ana", "Ana");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_list_changes_nothing_before_it_is_applied_then_all_of_it_and_the_same_list_again_nothing(On database)
    {
        await using var house = await House.Open(database);
        var ana = await house.Users.Add(new NewPerson("ana@example.com", "Ana Gómez", [Role.Operator]), null, Authority.Console);
        await house.Hear([.. Missed("before", 0, "600000002")]);
        const string List = Head + Ruiz + ";Pepe Pérez;particular;;;;;Ana Gómez;;+33 1 42 68 53 00;;;;;WVWZZZ1JZ3W386752;VW;Golf;;\n;Pepe Pérez;;;;;;;;+33142685300;;;;;;Seat;Ibiza;2001;\n;Solo Nombre;;;;;;;;;;;;;;;;;\n";

        var ready = await Ready(house, List);
        Assert.Equal((ImportState.Ready, new ImportCounts(Added: 3)), (ready.State, ready.Counts));
        Assert.Equal(0, await Count(house));

        var applied = await Applied(house, ready);
        Assert.Equal((ImportState.Applied, new ImportCounts(Added: 3)), (applied.State, applied.Counts));
        var ruiz = (await house.Customers.Find(new ExternalId("ERP", "77")))!;
        Assert.Equal(new Customer(ruiz.Customer.Id, CustomerKind.Company, "Talleres Ruiz", "B-30001", "info@ruiz.example", "A", ana.Id, true, "T2", "paga tarde"), ruiz.Customer with { ChangedAt = default });
        Assert.Equal(["+34913000001", "+34600000001 móvil", "+34600000002 móvil"], ruiz.Numbers.Select(number => $"{number.Number} {number.Label}".TrimEnd()));
        Assert.Equal(("Centro", "Eva", ruiz.Branches[0].Id, ruiz.Contacts[0].Id), (ruiz.Branches[0].Name, ruiz.Contacts[0].Name, ruiz.Numbers[0].Branch, ruiz.Numbers[0].Contact));
        Assert.Equal([new Vehicle(ruiz.Vehicles[0].Id, "1234 KLM", null, "Seat", "León", 2019)], ruiz.Vehicles);
        var pepe = (await house.CustomerList.List(new CustomerFilter("pepe perez"), CustomerOrder.Name, 9, 0)).Customers[0];
        Assert.Equal((CustomerKind.Person, "+33142685300"), (pepe.Customer.Kind, pepe.Numbers[0].Number));
        Assert.Equal((ana.Id, 2L), (pepe.Customer.Owner, pepe.VehicleCount));

        // A call that was nobody's is theirs now, and it is written down who brought them.
        Assert.Equal(ruiz.Customer.Id, (await house.Calls())[0].CustomerId);
        var trail = await house.Audit.List(new AuditFilter());
        Assert.Equal(("customer.imported", Ana, 3), (trail[0].Action, trail[0].Actor, trail[0].Detail.GetProperty("added").GetInt32()));
        Assert.Equal(3, trail.Count(entry => entry.Action == "customer.added" && entry.Actor == Ana));

        var before = await Everything(house);
        Assert.Equal(new ImportCounts(Same: 3), (await Imported(house, List)).Counts);
        Assert.Equal(before, await Everything(house));
        Assert.Single(await house.Audit.List(new AuditFilter(Action: "customer.added", Subject: $"customer:{ruiz.Customer.Id}")));

        // What a cell does not say stays, and what is different is told.
        Assert.Equal(new ImportCounts(Changed: 1), (await Imported(house, "Código;Nombre;Segmento;Tarifa\n77;Talleres Ruiz SL;;T3\n")).Counts);
        var changed = (await house.Customers.Find(ruiz.Customer.Id))!;
        Assert.Equal(("Talleres Ruiz SL", "A", "T3", 3), (changed.Customer.Name, changed.Customer.Segment, changed.Customer.PriceTier, changed.Numbers.Count));
        var change = (await house.Audit.List(new AuditFilter(Action: "customer.changed")))[0].Detail.GetProperty("changes").EnumerateArray().Select(one => $"{one.GetProperty("what")} {one.GetProperty("after")}");
        Assert.Equal(["name Talleres Ruiz SL", "price_tier T3"], change);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Lines_of_one_customer_add_to_it_wherever_in_the_file_they_stand(On database)
    {
        await using var house = await House.Open(database);
        const string List = """
            Código;Nombre;NIF;Teléfono;Etiqueta;Contacto;Matrícula
            ;Grúas Sol;;913000010;;;1111 AAA
            5;Grúas Sol;B5;913000010;oficina;Luis;
            6;Grúas Luna;B6;913000020;;;
            5;;;913000011;taller;Marta;2222 BBB
            ;;B-6;;;;3333 CCC
            ;GRUAS LUNA;;+34 913 000 020;;;4444 DDD
            6;Grúas Marte;;913000021;;;
            """;
        var import = await Imported(house, List);
        Assert.Equal(new ImportCounts(Added: 2, Refused: 1), import.Counts);
        var sol = (await house.Customers.Find(new ExternalId("ERP", "5")))!;
        Assert.Equal(["+34913000010 oficina", "+34913000011 taller"], sol.Numbers.Select(number => $"{number.Number} {number.Label}"));
        Assert.Equal(["Luis", "Marta"], sol.Contacts.Select(contact => contact.Name));
        Assert.Equal(["1111 AAA", "2222 BBB"], sol.Vehicles.Select(vehicle => vehicle.Plate));
        var luna = (await house.Customers.Find(new ExternalId("ERP", "6")))!;
        Assert.Equal(["3333 CCC", "4444 DDD"], luna.Vehicles.Select(vehicle => vehicle.Plate));
        Assert.Equal(["8 customer-import.contradicts Nombre 4"], await Faults(house, import.Id));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Whoever_is_here_is_known_by_id_else_by_tax_id_else_by_name_and_number(On database)
    {
        await using var house = await House.Open(database);
        var byTax = await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Hermanos Gil", "A-10000015")), Ana);
        var byName = await house.Customers.Add(new Customer(0, CustomerKind.Person, "Núñez, José"), PhoneNumber.Parse("913000030", "ES"), Ana);
        var import = await Imported(house, """
            Código;Nombre;NIF;Teléfono
            10;Hermanos Gil;ESA10000015;913000031
            ;nunez jose;;913000030
            ;Núñez, José;;913000039
            11;Otra sede;A10000015;
            """);
        Assert.Equal(new ImportCounts(Added: 2, Changed: 2), import.Counts);
        Assert.Equal(byTax.Customer.Id, (await house.Customers.Find(new ExternalId("ERP", "10")))!.Customer.Id);
        Assert.Equal("nunez jose", (await house.Customers.Find(byName.Customer.Id))!.Customer.Name);
        // Whoever has another id of the same program is another one, also with the same tax id.
        Assert.NotEqual(byTax.Customer.Id, (await house.Customers.Find(new ExternalId("ERP", "11")))!.Customer.Id);

        import = await Imported(house, "Código;Nombre;NIF;Teléfono;ID SAP\n;Hermanos Gil;A10000015;;\n10;Hermanos Gil;;;\n10;Hermanos Gil;;;S1\n12;Nuevo;;;\n12;Nuevo;;;S1\n");
        Assert.Equal(["2 customer-import.several", "6 customer-import.lines-of-two"], (await Faults(house, import.Id)).Select(fault => string.Join(' ', fault.Split(' ')[..2])).Order());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_line_that_cannot_be_taken_says_why_harms_no_other_and_can_be_mended_in_the_report(On database)
    {
        await using var house = await House.Open(database);
        await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Uno", "T1")) with { Ids = [new("ERP", "1")] }, Ana);
        await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Dos", "T2")), Ana);
        await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Dos bis", "T-2")), Ana);
        var import = await Imported(house, """
            Código;Nombre;Qué es;NIF;Comercial;Crédito parado;Teléfono;Año;Matrícula;Correo
            20;Bien;;;;;913000040;;;
            21;Número;;;;;12;;;
            22;Dueño;;;nadie@example.com;;;;;
            23;Sí o no;;;;quizá;;;;
            24;Tipo;marciano;;;;;;;
            25;Año;;;;;;dos mil;1 A;
            26;Correo;;;;;;;;sin arroba
            ;;;;;;913000041;;;
            27;De más;;;;;;;;;y más
            1;Uno;;T2;;;;;;
            ;Dos;;T2;;;;;;
            28;Vehículo;;;;;;2019;;
            29;;;;;;913000042;;;
            30;=1+1;;;;;913000043;;;
            30;Otro;;;;;913000044;;;
            """);
        Assert.Equal(
        [
            "3 customer.number 12", "4 customer.no-such-person nadie@example.com", "5 customer-import.yes-no quizá", "6 customer-import.kind marciano", "7 customer-import.year dos mil", "8 customer.email sin arroba",
            "9 customer-import.nobody", "10 import.cells 11 10", "11 customer-import.tax-of-other T2 Dos Uno", "12 customer-import.tax-of-other T2 Dos Uno", "13 customer.vehicle", "14 customer.name",
            "16 customer-import.contradicts Nombre 15",
        ], await Faults(house, import.Id));
        Assert.Equal(new ImportCounts(Added: 2, Refused: 13), import.Counts);

        var mended = new StringBuilder("\uFEFF" + LineFault.Head("Línea", "Motivo", import.Mapping!.Columns.Select(column => column.Title)));
        await foreach (var fault in house.CustomerImports.Faults(import.Id))
            if (fault.Line is 3 or 16) mended.Append((fault with { Content = fault.Content.Replace("\t12\t", "\t913000045\t").Replace("Otro", "=1+1") }).ToCsv("=HYPERLINK(1)"));
        Assert.Contains(",'=HYPERLINK(1),", mended.ToString());
        Assert.Contains(",'=1+1,", mended.ToString());
        Assert.Equal(new ImportCounts(Added: 1, Changed: 1), (await Imported(house, mended.ToString())).Counts);
        Assert.Equal(["+34913000043", "+34913000044"], (await house.Customers.Find(new ExternalId("ERP", "30")))!.Numbers.Select(number => number.Number));
    }

    [Theory]
    [InlineData("utf-8", false), InlineData("utf-8", true), InlineData("utf-16", true), InlineData("utf-16", false), InlineData("utf-16BE", true), InlineData("iso-8859-1", false), InlineData("windows-1252", false)]
    public async Task The_encoding_and_the_separator_are_found_out(string encoding, bool withMark)
    {
        await using var house = await House.Open();
        var written = CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding);
        foreach (var (separator, i) in (";\t,|").Select((sign, i) => (sign, i)))
        {
            var text = $"Código{separator}Razón social{separator}Teléfono\r\n{i}{separator}Ñandú y Güell{separator}91300005{i}\r\n";
            var import = await Imported(house, [.. withMark ? written.GetPreamble() : [], .. written.GetBytes(text)]);
            Assert.Equal(new ImportCounts(Added: 1), import.Counts);
            Assert.Equal("Ñandú y Güell", (await house.Customers.Find(new ExternalId("ERP", $"{i}")))!.Customer.Name);
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_workbook_is_read_with_its_numbers_and_what_was_exported_comes_back_as_the_same(On database)
    {
        await using var house = await House.Open(database);
        using var file = new MemoryStream();
        await file.SaveAsAsync(new[]
        {
            new { Codigo = (object)1001.0, Nombre = "Talleres <&> Ñ", Telefono = (object)913000060.0, Año = (object)2019.0, Matricula = "1234 KLM" },
            new { Codigo = (object)"A-7", Nombre = "Otro", Telefono = (object)"+34 913 000 061", Año = (object)"", Matricula = "" },
        });
        var import = await Imported(house, file.ToArray());
        Assert.Equal(("XLSX", new ImportCounts(Added: 2)), (import.Kind, import.Counts));
        var one = (await house.Customers.Find(new ExternalId("ERP", "1001")))!;
        Assert.Equal(("Talleres <&> Ñ", "+34913000060", 2019), (one.Customer.Name, one.Numbers[0].Number, one.Vehicles[0].Year));

        var exported = "Cliente n.º,Nombre,Qué es,NIF,Teléfono 1,Teléfono 2,Matrícula 1,En otros programas\n" + $"{one.Customer.Id},Talleres <&> Ñ,Empresa,,+34913000060,,1234 KLM,ERP: 1001\n";
        Assert.Equal(new ImportCounts(Same: 1), (await Imported(house, exported)).Counts);
    }

    [Theory]
    [InlineData("Listado de clientes 2026;;\nCod. Cliente;Razón Social;CIF", "ExternalId:ERP Name TaxId 2")]
    [InlineData("Nombre;Apellidos;Nombre comercial;Tel. taller;Móvil;Teléfono 2;Fax", "Name Name None Phone:taller Phone:móvil Phone None 1")]
    [InlineData("Customer name;VAT number;Account owner;ID SAP;Phone;Phone label;Plate;Make;Plate 2;Make 2;Year", "Name TaxId Owner ExternalId:SAP Phone PhoneLabel Plate Make Plate Make Year 1")]
    [InlineData("Cliente;Tipo;Observaciones;Código postal;Dirección;Persona de contacto;E-mail contacto", "Name Segment Note None BranchAddress Contact ContactEmail 1")]
    [InlineData("Talleres Ruiz;913000001;Madrid", "None None None 0")]
    public void Columns_are_guessed_from_their_names(string head, string expected)
    {
        var rows = (head + "\nx;y;z\n").TrimEnd().Split('\n').Select((line, i) => new TableRow(i + 1, [.. line.Split(';').Select(cell => new TableCell(cell))])).ToList();
        var guess = CustomerMapping.Guess(rows);
        Assert.Equal(expected, $"{string.Join(' ', guess.Columns.Select(column => column.Field + (column.With.Length > 0 ? $":{column.With}" : "")))} {guess.HeadLine}");
    }

    [Fact]
    public async Task A_file_without_names_of_columns_loses_no_line_and_what_was_said_of_columns_is_known_again()
    {
        await using var house = await House.Open();
        var taken = await Taken(house, "Talleres Ruiz;913000001\nGarajes Sol;913000002\n"u8.ToArray());
        Assert.Equal("customer-import.no-name", (await Assert.ThrowsAsync<Refusal>(() => house.CustomerImports.Start(taken.Id, taken.Mapping!))).Code);
        Assert.Equal("import.busy", (await Assert.ThrowsAsync<Refusal>(() => Taken(house, "Nombre\nx\n"u8.ToArray()))).Code);
        await house.CustomerImports.Start(taken.Id, taken.Mapping! with { Columns = [new("", CustomerField.Name), new("", CustomerField.Phone)] });
        Assert.Equal(new ImportCounts(Added: 2), (await Applied(house, await house.CustomerLoading.Run(taken.Id, default))).Counts);

        var odd = await Taken(house, "Quién;Cómo\nTalleres Ruiz;913000001\n"u8.ToArray());
        odd = await house.CustomerImports.Name(odd.Id, isNamed: true);
        Assert.Equal((1, "Quién", "Talleres Ruiz"), (odd.Mapping!.HeadLine, odd.Mapping.Columns[0].Title, odd.Sample[0][0]));
        await house.CustomerImports.Start(odd.Id, odd.Mapping with { Columns = [new("Quién", CustomerField.Name), new("Cómo", CustomerField.Phone, "casa")] });
        Assert.Equal(new ImportCounts(Changed: 1), (await Applied(house, await house.CustomerLoading.Run(odd.Id, default))).Counts);
        Assert.Equal(CustomerField.None, (await Cancelled(house, "Quién;Qué\nx;y\n")).Columns[0].Field);
        Assert.Equal(0, (await Cancelled(house, "Quién;Cómo\nx;y\n")).HeadLine);
    }

    [Theory]
    [InlineData("", "csv.empty"), InlineData("Nombre;NIF\n\n;\n", "csv.empty"), InlineData("\u0001\u0002\0\0binary\0", "csv.no-text"), InlineData("PK\u0003\u0004 broken", "table.no-workbook"), InlineData("huge", "import.too-large")]
    public async Task A_file_that_is_none_or_too_large_is_refused_and_nothing_of_it_is_kept(string text, string code)
    {
        await using var house = await House.Open();
        await using var file = text == "huge" ? new Endless() : (Stream)new MemoryStream(Encoding.Latin1.GetBytes(text));
        Assert.Equal(code, (await Assert.ThrowsAsync<Refusal>(() => house.CustomerImports.Take(file, "bad", Ana))).Code);
        Assert.Equal((ImportState.Failed, 0L), ((await house.CustomerImports.Recent(1))[0].State, await house.Db.Read(tx => tx.One<long>("select count(*) from customer_import_chunks"))));
        await Imported(house, "Nombre\nx\n");
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_import_that_was_cut_off_goes_on_behind_its_last_transaction_on_whatever_node(On database)
    {
        var clock = new StandingClock(DateTimeOffset.UnixEpoch.AddDays(20_000));
        await using var house = await House.Open(database, clock);
        var taken = await Taken(house, Encoding.UTF8.GetBytes(Many(3000)));
        await house.CustomerImports.Start(taken.Id, taken.Mapping!);
        await CutOff(house, taken.Id, ImportState.Reading);
        await CutOff(house, taken.Id, ImportState.Comparing);
        await using var beside = database == On.Postgres ? await House.Beside(house) : null;
        clock.Now += ImportStore.Held * 2;
        var ready = await (beside ?? house).CustomerLoading.Run(taken.Id, default);
        Assert.Equal((ImportState.Ready, new ImportCounts(Added: 3000, Refused: 1)), (ready.State, ready.Counts));

        await house.CustomerImports.Apply(taken.Id, Ana);
        clock.Now += ImportStore.Held * 2;
        await CutOff(house, taken.Id, ImportState.Applying);
        var (done, written) = ((await house.CustomerImports.Find(taken.Id))!.Done, await Count(house));
        Assert.Equal(done, written); // how far it says it is, so far it is
        clock.Now += ImportStore.Held * 2;
        var applied = await (beside ?? house).CustomerLoading.Run(taken.Id, default);
        Assert.Equal((ImportState.Applied, new ImportCounts(Added: 3000, Refused: 1), 3000L), (applied.State, applied.Counts, await Count(house)));
        Assert.Equal(6000, await house.Db.Read(tx => tx.One<long>("select count(*) from customer_numbers")));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_cancelled_before_leaves_no_trace_and_what_is_cancelled_while_it_is_written_says_where_it_stopped(On database)
    {
        await using var house = await House.Open(database);
        var ready = await Ready(house, Many(3000));
        Assert.Equal(ImportState.Discarded, (await house.CustomerImports.Cancel(ready.Id, Ana)).State);
        Assert.Equal((0L, 0L), (await Count(house), await house.Db.Read(tx => tx.One<long>("select count(*) from customer_import_lines"))));

        ready = await Ready(house, Many(3000));
        await house.CustomerImports.Apply(ready.Id, Ana);
        var running = house.CustomerLoading.Run(ready.Id, default);
        while ((await house.CustomerImports.Find(ready.Id))!.Done == 0) await Task.Delay(1);
        await house.CustomerImports.Cancel(ready.Id, Ana);
        var stopped = await running;
        Assert.Equal((ImportState.Stopped, stopped.Done), (stopped.State, await Count(house)));
        Assert.InRange(stopped.Done, 1, 2999);
        Assert.False((await house.Audit.List(new AuditFilter(Action: "customer.imported")))[0].Detail.GetProperty("finished").GetBoolean());

        var rest = await Imported(house, Many(3000));
        Assert.Equal(new ImportCounts(Added: 3000 - stopped.Done, Same: stopped.Done, Refused: 1), rest.Counts);
    }

    static string Many(int count) => "Código;Nombre;Teléfono;Móvil;Matrícula\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i};Taller {i % 97} de {i};91{i:0000000};6{i:00000000};{i:0000} BCD\n")) + "x;malo;1;;\n";

    static async Task CutOff(House house, long id, ImportState state)
    {
        using var cut = new CancellationTokenSource();
        var running = house.CustomerLoading.Run(id, cut.Token);
        while (!running.IsCompleted && ((await house.CustomerImports.Find(id))! is var now && now.State < state || now.State == state && now.Done == 0)) await Task.Delay(1);
        await cut.CancelAsync();
        await Record.ExceptionAsync(() => running);
    }

    static Task<CustomerImport> Taken(House house, byte[] file) => house.CustomerImports.Take(new MemoryStream(file), "clientes.csv", Ana);

    static async Task<CustomerMapping> Cancelled(House house, string text)
    {
        var taken = await Taken(house, Encoding.UTF8.GetBytes(text));
        await house.CustomerImports.Cancel(taken.Id, Ana);
        return taken.Mapping!;
    }

    static async Task<CustomerImport> Ready(House house, byte[] file)
    {
        var taken = await Taken(house, file);
        await house.CustomerImports.Start(taken.Id, taken.Mapping!);
        return await house.CustomerLoading.Run(taken.Id, default);
    }

    static Task<CustomerImport> Ready(House house, string text) => Ready(house, Encoding.UTF8.GetBytes(text));

    static async Task<CustomerImport> Applied(House house, CustomerImport ready)
    {
        await house.CustomerImports.Apply(ready.Id, Ana);
        return await house.CustomerLoading.Run(ready.Id, default);
    }

    static async Task<CustomerImport> Imported(House house, byte[] file) => await Applied(house, await Ready(house, file));

    static async Task<CustomerImport> Imported(House house, string text) => await Applied(house, await Ready(house, text));

    static Task<long> Count(House house) => house.Db.Read(tx => tx.One<long>("select count(*) from customers"));

    static Task<List<string>> Everything(House house) => house.Db.Read(async tx =>
    {
        var details = await CustomerRows.Read(tx, await tx.List<long>("select id from customers order by id"));
        return details.Values.Select(detail => System.Text.Json.JsonSerializer.Serialize(detail)).ToList();
    });

    static Task<List<string>> Faults(House house, long id) => house.CustomerImports.Faults(id).Select(fault => $"{fault.Line} {fault.Why.Code} {string.Join(' ', fault.Why.Arguments)}".TrimEnd()).ToListAsync().AsTask();

    /// <summary>A file that never ends.</summary>
    sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'a');
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
