using System.Text;
using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Importing;
using CallCenter.Quotes;
using CallCenter.Quotes.Import;
using CallCenter.Recovery;
using CallCenter.Teams;
using MiniExcelLibs;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Quotes;

public sealed class SaleImportTests
{
    const string Quotes = """
        Nº presupuesto;Fecha;Estado;Válido hasta;Cliente;NIF;Matrícula;Vendedor;Marca;Referencia;Descripción;Cantidad;Precio;Dto;IVA
        26/0001;10/02/2026;Pendiente;31/12/2099;C-7;;1234 KLM;ana@example.com;Filtros Sol;FS-101;Filtro de aceite;4;8,50;10;21
        26/0002;11/02/2026 16:30;Aceptada;31/12/2099;;B-30001;;;Filtros Sol;FS-102;;1;1.234,50;;21
        26/0001;;;;;;;;Filtros Sol;FS-103;;1,5;3,33;;21
        """;

    static readonly Actor Ana = Actor.User("ana", "Ana");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Quotes_of_a_file_change_nothing_before_they_are_applied_then_all_of_it_and_the_same_file_again_nothing(On database)
    {
        await using var house = await House.Open(database);
        var ana = (await house.Users.Add(new NewPerson("ana@example.com", "Ana Gómez", [Role.Operator]), null, Authority.Console)).Id;
        var ruiz = await Customer(house, "Talleres Ruiz", "B30001", "C-7");

        var ready = await Ready(house, Quotes, ofOrders: false);
        Assert.Equal((ImportState.Ready, new ImportCounts(Added: 2), ""), (ready.State, ready.Counts, string.Join(' ', await Faults(house, ready.Id))));
        Assert.Equal((0L, 2), (await Count(house, "quotes"), (await house.SaleLoading.Preview(ready, SaleVerdict.Added, 9)).Count));

        var applied = await Applied(house, ready);
        Assert.Equal((ImportState.Applied, new ImportCounts(Added: 2)), (applied.State, applied.Counts));
        var (first, second) = (await Quote(house, "26/0001"), await Quote(house, "26/0002"));
        Assert.Equal((QuoteStatus.Sent, ruiz, "1234 KLM", ana, new DateOnly(2099, 12, 31)), (first.Status, first.Head.Customer, first.Head.Plate, first.Author, first.ValidUntil));
        Assert.Equal(new DateTimeOffset(2026, 2, 9, 23, 0, 0, TimeSpan.Zero), first.CreatedAt); // a day is its first instant where the company is
        Assert.Equal(["Filtros Sol FS-101 4 8.50 10 21", "Filtros Sol FS-103 1.5 3.33 0 21"], first.Lines.Select(Told));
        Assert.Equal((QuoteStatus.Accepted, ruiz, new DateTimeOffset(2026, 2, 11, 15, 30, 0, TimeSpan.Zero), "Filtros Sol FS-102 1 1234.50 0 21"), (second.Status, second.Head.Customer, second.CreatedAt, Told(second.Lines[0])));
        Assert.StartsWith("P-2026-", first.Number, StringComparison.Ordinal);
        var trail = (await house.Audit.List(new AuditFilter(Action: "quote.imported")))[0];
        Assert.Equal((Ana, 2), (trail.Actor, trail.Detail.GetProperty("added").GetInt32()));

        var version = await house.Db.Read(tx => tx.One<long>("select next from counters where name = 'sale_version'"));
        Assert.Equal(new ImportCounts(Same: 2), (await Imported(house, Quotes, ofOrders: false)).Counts);
        Assert.Equal(version, await house.Db.Read(tx => tx.One<long>("select next from counters where name = 'sale_version'")));

        // A list of states only changes those, and what was put in by the API is the same quote.
        await house.Sales.Put(new ExternalId("ERP", "26/0003"), new QuoteWish { Lines = [new(Reference: "X", UnitPrice: 1)] }, Ana);
        var states = await Ready(house, "numero;estado;motivo\n26/0001;Rechazado;Precio\n26/0003;Aceptado;\n26/0002;Aceptado;\n", ofOrders: false);
        Assert.Equal(new ImportCounts(Changed: 2, Same: 1), states.Counts);
        Assert.Equal(["Sent Rejected", "Sent Accepted"], (await house.SaleLoading.Preview(states, SaleVerdict.Changed, 9)).Select(one => $"{one.Before!.Status} {one.After!.Status}"));
        await Applied(house, states);
        first = await Quote(house, "26/0001");
        Assert.Equal((QuoteStatus.Rejected, RejectReason.Price, 2, "1234 KLM"), (first.Status, first.Reason, first.Lines.Count, first.Head.Plate));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Orders_of_a_file_take_from_their_quotes_and_end_what_was_missed_before_them(On database)
    {
        await using var house = await House.Open(database);
        var ruiz = await Customer(house, "Talleres Ruiz", "B30001", "C-7");
        await house.Hear(Missed("before", 0, "612345678"));
        await Imported(house, Quotes.Replace("ana@example.com", "", StringComparison.Ordinal), ofOrders: false);
        var list = $"""
            Pedido;Fecha;Estado;Presupuesto;Cliente;Marca;Referencia;Cantidad;Precio;IVA
            P/1;{Noon.AddMinutes(30).UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z;Confirmado;26/0001;C-7;filtros sol;fs-101;3;8.5;21
            P/1;;;;;;Mano de obra;1;20;21
            P/2;2025-03-01;Facturado;;C-7;Otra;O-1;2;5;21
            """;
        var import = await Imported(house, list, ofOrders: true);
        Assert.Equal((ImportState.Applied, new ImportCounts(Added: 2), ""), (import.State, import.Counts, string.Join(' ', await Faults(house, import.Id))));
        var (order, old, quote) = (await Order(house, "P/1"), await Order(house, "P/2"), await Quote(house, "26/0001"));
        Assert.Equal((OrderStatus.Placed, ruiz, quote.Id, 2), (order.Status, order.Head.Customer, order.Quote, order.Lines.Count));
        Assert.Equal((OrderStatus.Delivered, true), (old.Status, old.Number.StartsWith("PD-2025-", StringComparison.Ordinal)));
        Assert.Equal((QuoteStatus.Accepted, 3m), (quote.Status, quote.Lines[0].Ordered));
        Assert.Equal($"{CaseEnd.Ordered}", Assert.Single(await house.Db.Read(tx => tx.List<string>("select end_reason from cases"))));
        Assert.Equal(new ImportCounts(Same: 2), (await Imported(house, list, ofOrders: true)).Counts);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_document_with_a_bad_line_is_left_out_whole_says_why_and_can_be_mended_in_the_report(On database)
    {
        await using var house = await House.Open(database);
        await Customer(house, "Uno", "B30001", "C-7");
        await Customer(house, "Dos", "B30002", "C-8");
        await Customer(house, "Dos bis", "B30002", "C-9");
        const string List = """
            Pedido;Fecha;Estado;Cliente;NIF;Vendedor;Referencia;Cantidad;Precio
            1;2026-02-01;Nuevo;C-7;;;A;1;5
            2;2026-02-01;Nuevo;C-7;;;A;1;cinco
            2;;;;;;B;1;5
            3;2026-02-01;Volando;;;;A;1;5
            4;2026-02-31;;;;;A;1;5
            5;2099-01-01;;;;;A;1;5
            6;;;C-99;;;A;1;5
            7;;;;B-30002;;A;1;5
            8;;;;;nadie@example.com;A;1;5
            9;;;C-7;;;A;-1;5
            10;;;C-7;;;A;1;5
            10;;;C-8;;;B;1;5
            11;;;;;;A;1;
            ;;;;;;A;1;5
            12;;;;;;A;1;5;;demasiado
            13;Entregado
            """;
        var ready = await Ready(house, List, ofOrders: true);
        Assert.Equal(new ImportCounts(Added: 1, Refused: 15), ready.Counts);
        Assert.Equal(
        [
            "3 part-import.price", "4 sale-import.with-line", "5 sale-import.word", "6 sale-import.date", "7 sale-import.date", "8 customer.unknown", "9 sale-import.several", "10 customer.no-such-person",
            "11 quote.quantity", "12 sale-import.with-line", "13 sale-import.contradicts", "14 quote.no-price", "15 sale-import.nameless", "16 import.cells", "17 sale-import.date",
        ], (await Faults(house, ready.Id)).Select(fault => string.Join(' ', fault.Split(' ')[..2])));
        Assert.Equal(new ImportCounts(Added: 1, Refused: 15), (await Applied(house, ready)).Counts);
        Assert.Equal(1, await Count(house, "orders"));
        var content = (await house.SaleImports.Faults(ready.Id).ToListAsync())[0].Content;
        Assert.Equal("2\t2026-02-01\tNuevo\tC-7\t\t\tA\t1\tcinco", content);
        Assert.Equal(new ImportCounts(Added: 1), (await Imported(house, "Pedido;Fecha;Estado;Cliente;NIF;Vendedor;Referencia;Cantidad;Precio\n" + content.Replace('\t', ';').Replace("cinco", "5", StringComparison.Ordinal), ofOrders: true)).Counts);
    }

    [Fact]
    public async Task A_spreadsheet_keeps_its_days_and_numbers()
    {
        await using var house = await House.Open();
        using var sheet = new MemoryStream();
        sheet.SaveAs(new[] { new { Pedido = 17, Fecha = new DateTime(2026, 2, 10).ToOADate(), Referencia = "A", Cantidad = 2.5, Precio = 1234.5 } });
        var ready = await Ready(house, sheet.ToArray(), ofOrders: true);
        Assert.Equal("", string.Join(' ', await Faults(house, ready.Id)));
        await Applied(house, ready);
        var order = await Order(house, "17");
        Assert.Equal((new DateTimeOffset(2026, 2, 9, 23, 0, 0, TimeSpan.Zero), " A 2.5 1234.50 0 0"), (order.CreatedAt, Told(order.Lines[0])));
    }

    [Theory]
    [InlineData(false, "Presupuesto;Fecha;Situación;Código cliente;Razón social;Su pedido;Artículo;Uds;PVP;Dto;IVA;Plazo de entrega", "Number CreatedAt Status Customer RequestedBy RequestNumber Reference Quantity Price Discount Tax Availability")]
    [InlineData(true, "Nº pedido;Presupuesto;Fecha pedido;Observaciones;Matrícula;Válido hasta", "Number Quote CreatedAt Note Plate None")]
    [InlineData(true, "Order number;Quote;Date;Status;Customer ID;VAT number;Sales person;Part number;Qty;Unit price", "Number Quote CreatedAt Status Customer TaxId Author Reference Quantity Price")]
    public void Columns_are_guessed_from_their_names(bool ofOrders, string head, string expected)
    {
        var rows = (head + "\nx;y;z").Split('\n').Select((line, i) => new TableRow(i + 1, [.. line.Split(';').Select(cell => new TableCell(cell))])).ToList();
        Assert.Equal(expected, string.Join(' ', SaleMapping.Guess(rows, ofOrders, ',').Columns.Select(column => column.Field)));
    }

    [Fact]
    public async Task Columns_that_make_no_sense_are_refused_and_what_was_said_of_columns_is_known_again()
    {
        await using var house = await House.Open();
        var taken = await Taken(house, "Clave;Qué\nA;1\n"u8.ToArray(), ofOrders: false);
        async Task<string> Refused(SaleMapping mapping) => (await Assert.ThrowsAsync<Refusal>(() => house.SaleImports.Start(taken.Id, mapping))).Code;
        SaleMapping With(params SaleField[] fields) => taken.Mapping! with { Columns = [.. taken.Mapping.Columns.Zip(fields).Select(pair => pair.First with { Field = pair.Second })] };
        Assert.Equal("sale-import.no-number", await Refused(taken.Mapping!));
        Assert.Equal("import.column-twice", await Refused(With(SaleField.Number, SaleField.Number)));
        Assert.Equal("sale-import.not-here", await Refused(With(SaleField.Number, SaleField.Quote)));
        Assert.Equal("sale-import.no-system", await Refused(With(SaleField.Number, SaleField.Reference) with { System = " " }));
        Assert.Equal("import.busy", (await Assert.ThrowsAsync<Refusal>(() => Taken(house, "Pedido\nx\n"u8.ToArray(), ofOrders: true))).Code);
        await house.SaleImports.Start(taken.Id, With(SaleField.Number, SaleField.Note) with { System = "SAP" });
        await Applied(house, await house.SaleLoading.Run(taken.Id, default));
        var again = await Taken(house, "Clave;Qué\nB;1\n"u8.ToArray(), ofOrders: false);
        Assert.Equal(("SAP", SaleField.Note), (again.Mapping!.System, again.Mapping.Columns[1].Field));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_import_that_was_cut_off_or_cancelled_goes_on_with_the_rest(On database)
    {
        var clock = new StandingClock(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var house = await House.Open(database, clock);
        // Lines of a document lie far apart, so that what was put aside before the cut matters.
        var list = "Pedido;Referencia;Precio\n" + string.Concat(Enumerable.Range(0, 1800).Select(i => $"{i % 600};R-{i};5\n"));
        var taken = await Taken(house, Encoding.UTF8.GetBytes(list), ofOrders: true);
        await house.SaleImports.Start(taken.Id, taken.Mapping!);
        await CutOff(house, taken.Id, ImportState.Reading);
        clock.Now += ImportStore.Held * 2;
        await CutOff(house, taken.Id, ImportState.Comparing);
        await using var beside = database == On.Postgres ? await House.Beside(house) : null;
        clock.Now += ImportStore.Held * 2;
        var ready = await (beside ?? house).SaleLoading.Run(taken.Id, default);
        Assert.Equal((ImportState.Ready, new ImportCounts(Added: 600)), (ready.State, ready.Counts));
        Assert.Equal(0, await Count(house, "orders"));

        await house.SaleImports.Apply(taken.Id, Ana);
        await CutOff(house, taken.Id, ImportState.Applying);
        Assert.Equal((await house.SaleImports.Find(taken.Id))!.Done, await Count(house, "orders")); // how far it says it is, so far it is
        await house.SaleImports.Cancel(taken.Id, Ana);
        var stopped = (await house.SaleImports.Find(taken.Id))!;
        Assert.Equal(ImportState.Stopped, stopped.State);
        clock.Now += ImportStore.Held * 2;
        Assert.Equal(new ImportCounts(Added: 600 - stopped.Done, Same: stopped.Done), (await Imported(house, list, ofOrders: true)).Counts);
        Assert.Equal(1800, await Count(house, "order_lines"));
    }

    static string Told(SaleLine line) => FormattableString.Invariant($"{line.Brand} {line.Reference} {line.Quantity:0.###} {line.UnitPrice} {line.DiscountPercent:0.##} {line.TaxPercent:0.##}");

    static async Task<long> Customer(House house, string name, string tax, string id) =>
        (await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, name, tax)).With(CustomerNumber.Of(PhoneNumber.Parse("612345678", "ES"), "")) with { Ids = [new("ERP", id)] }, Ana)).Customer.Id;

    static Task<Quote> Quote(House house, string id) => house.Db.Read(async tx => await QuoteBook.Get(tx, await tx.One<long>("select id from quotes where system = 'ERP' and external_id = @id", new { id })));

    static Task<Order> Order(House house, string id) => house.Db.Read(async tx => await QuoteBook.GetOrder(tx, await tx.One<long>("select id from orders where system = 'ERP' and external_id = @id", new { id })));

    static async Task CutOff(House house, long id, ImportState state)
    {
        using var cut = new CancellationTokenSource();
        var running = house.SaleLoading.Run(id, cut.Token);
        while (!running.IsCompleted && ((await house.SaleImports.Find(id))! is var now && now.State < state || now.State == state && now.Done == 0)) await Task.Delay(1);
        await cut.CancelAsync();
        await Record.ExceptionAsync(() => running);
    }

    static Task<SaleImport> Taken(House house, byte[] file, bool ofOrders) => house.SaleImports.Take(new MemoryStream(file), "lista.csv", ofOrders, ',', Ana);

    static async Task<SaleImport> Ready(House house, byte[] file, bool ofOrders)
    {
        var taken = await Taken(house, file, ofOrders);
        await house.SaleImports.Start(taken.Id, taken.Mapping!);
        return await house.SaleLoading.Run(taken.Id, default);
    }

    static Task<SaleImport> Ready(House house, string text, bool ofOrders) => Ready(house, Encoding.UTF8.GetBytes(text), ofOrders);

    static async Task<SaleImport> Applied(House house, SaleImport ready)
    {
        await house.SaleImports.Apply(ready.Id, Ana);
        return await house.SaleLoading.Run(ready.Id, default);
    }

    static async Task<SaleImport> Imported(House house, string text, bool ofOrders) => await Applied(house, await Ready(house, text, ofOrders));

    static Task<long> Count(House house, string table) => house.Db.Read(tx => tx.One<long>($"select count(*) from {table}"));

    static Task<List<string>> Faults(House house, long id) => house.SaleImports.Faults(id).Select(fault => $"{fault.Line} {fault.Why.Code} {string.Join(' ', fault.Why.Arguments)}".TrimEnd()).ToListAsync().AsTask();
}
