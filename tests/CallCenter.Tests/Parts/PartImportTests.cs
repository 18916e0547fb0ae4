using System.IO.Compression;
using System.Text;
using CallCenter.Audit;
using CallCenter.Importing;
using CallCenter.Parts;
using CallCenter.Parts.Import;
using CsCheck;
using MiniExcelLibs;

namespace CallCenter.Tests.Parts;

public sealed class PartImportTests
{
    const string Head = "Marca;Referencia;Descripción;OEM;PVP;Tarifa taller;Stock;IVA\n";

    static readonly StandingClock Clock = new(new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_file_changes_nothing_before_it_is_applied_then_all_of_it_and_the_same_file_again_nothing(On database)
    {
        await using var house = await House.Open(database, Clock);
        await house.Parts.Put(new Part { Brand = "Bosch", Reference = "0 986 494 104", Description = "Pastillas", TaxPercent = 21 }, Actor.Console);
        const string File = Head + "BOSCH;0986494104;;VAG:1K0 698 151 F|5Q0698151;1.234,50;999,9;4;\nMANN;W 712/75;Filtro de aceite;;7,95;;0;10\n";

        var ready = await Ready(house, File);
        Assert.Equal((PartImportState.Ready, new PartCounts(Added: 1, Changed: 1)), (ready.State, ready.Counts));
        Assert.Null(await house.Parts.Find("mann", "w71275"));
        Assert.Equal(["0 986 494 104"], (await house.Parts.Search("pastillas", 9)).Select(found => found.Part.Reference));
        Assert.Empty(await house.Parts.Search("1K0698151F", 9));

        await house.PartImports.Apply(ready.Id, Actor.Console);
        var bosch = (await house.Parts.Find("bosch", "0986494104"))!;
        Assert.Equal(("0 986 494 104", "Pastillas", new Money(123450), new Money(99990), 4, Clock.GetUtcNow(), 21),
            (bosch.Reference, bosch.Description, bosch.PriceFor(null), bosch.PriceFor("Taller"), bosch.Stock!.Quantity, bosch.Stock.ToldAt, bosch.TaxPercent));
        Assert.Equal([bosch.Id], (await house.Parts.Search("1K0698151F", 9)).Select(found => found.Part.Id));
        Assert.Equal(["taller"], await house.Parts.Tiers());

        var before = await Catalogue(house);
        Clock.Now += TimeSpan.FromDays(1);
        Assert.Equal(new PartCounts(Same: 2), (await Applied(house, File)).Counts);
        Assert.Equal(before, await Catalogue(house));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_discarded_leaves_no_trace_and_what_a_person_changes_meanwhile_outlives_both(On database)
    {
        await using var house = await House.Open(database, Clock);
        await Applied(house, Head + "A;1;uno;;1;;1;\nA;2;dos;;2;;1;\n");
        var before = await Catalogue(house);
        var other = await Ready(house, Head + "A;1;otro;X:99;5;;1;\nA;3;tres;;3;;1;\n");
        await house.PartImports.Discard(other.Id);
        Assert.Equal(PartImportState.Discarded, (await house.PartLoading.Run(other.Id, CancellationToken.None)).State);
        Assert.Equal(before, await Catalogue(house));
        Assert.Equal((2L, 2L), await house.Db.Read(async tx => (await tx.One<long>("select count(*) from parts"), await tx.One<long>("select count(*) from part_words"))));

        var again = await Ready(house, Head + "A;1;otro;;5;;7;\nA;4;cuatro;;4;;1;\n");
        await house.Parts.Put("A", "1", part => part! with { Description = "corregido" }, Actor.Console);
        await house.Parts.Put(new Part { Brand = "A", Reference = "4", Description = "a mano" }, Actor.Console);
        await house.PartImports.Apply(again.Id, Actor.Console);
        Assert.Equal(["corregido", "dos", "a mano"], (await house.Parts.Search("", 9)).Select(found => found.Part.Description));
        Assert.Empty(await house.Parts.Search("otro", 9));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_line_that_cannot_be_read_or_contradicts_another_changes_nothing_and_says_why(On database)
    {
        await using var house = await House.Open(database, Clock);
        var import = await Applied(house, Head + """
            B;1;bien;;12,50;;3;
            B;2;precio;;doce;;3;
            B;3;existencias;;1;;-4;
            ;4;sin marca;;1;;1;
            B;--;sin referencia;;1;;1;
            B;5;de más;;1;;1;21;x
            B;6;a;;1;;1;
            b; 6 ;b;;1;;1;
            B;7;igual;;1;;1;
            B;7;igual;;1;;1;
            B;"8"x;comillas;;1;;1;
            B;9;5" de tubo;;0,001;;1;
            """);

        Assert.Equal(new PartCounts(Added: 2, Repeated: 1, Refused: 9), import.Counts);
        Assert.Equal(["1", "7"], (await house.Parts.Search("", 9)).Select(found => found.Part.Reference));
        var faults = new List<string>();
        await foreach (var fault in house.PartImports.Faults(import.Id)) faults.Add($"{fault.Line} {fault.Why.Code} {string.Join(' ', fault.Why.Arguments)}".TrimEnd());
        Assert.Equal(
        [
            "3 part-import.price doce PVP", "4 part.stock-negative -4", "5 part.brand 60", "6 part.reference 60", "7 import.cells 9 8", "8 part-import.twice 9", "9 part-import.twice 8",
            "12 import.quotes", "13 part-import.price 0,001 PVP",
        ], faults);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Any_split_and_repetition_of_the_same_lines_gives_the_same_catalogue(On database)
    {
        await using var house = await House.Open(database, Clock);
        var lines = Enumerable.Range(0, 12).Select(i => $"M{i % 3};R {i};pieza {i};X:{i}9;{i + 1},5;;{i};21").ToList();
        await Gen.Shuffle(lines.ToArray()).Select(Gen.Int[0, 12], Gen.Int[0, 4]).SampleAsync(async (shuffled, cut, repeated) =>
        {
            await Empty(house);
            foreach (var part in (IEnumerable<string>[])[shuffled.Take(cut + repeated), shuffled.Skip(cut).Concat(shuffled.Take(repeated)).Concat(shuffled.Skip(cut))])
                if (part.Any()) await Applied(house, Head + string.Join('\n', part));
            var catalogue = await Catalogue(house);
            Assert.Equal(12, catalogue.Count);
            Assert.Equal(lines.Select(line => line.Split(';')[2]).Order(StringComparer.Ordinal), catalogue.Select(part => PartRow.Read(0, part).Description).Order(StringComparer.Ordinal));
            Assert.Equal(["R 7"], (await house.Parts.Search("x pieza 7".Replace("x ", ""), 9)).Select(found => found.Part.Reference));
        }, iter: 12, threads: 1);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_import_that_was_cut_off_goes_on_behind_its_last_transaction_on_whatever_node(On database)
    {
        await using var house = await House.Open(database, Clock);
        var lines = Enumerable.Range(0, 9500).Select(i => $"M{i % 7};R{i * 7919 % 9500:0000};pieza {i};;1,5;;{i % 5};").Append("M;malo;;;x;;;").ToList();
        var taken = await Taken(house, Encoding.UTF8.GetBytes(Head + string.Join('\n', lines)));
        await house.PartImports.Start(taken.Id, taken.Mapping!);
        foreach (var state in (PartImportState[])[PartImportState.Reading, PartImportState.Comparing])
        {
            using var cut = new CancellationTokenSource();
            var running = house.PartLoading.Run(taken.Id, cut.Token);
            while (!running.IsCompleted && (await Now(house, taken.Id) is var now && now.State < state || now.State == state && now.Done == 0)) await Task.Delay(1);
            await cut.CancelAsync();
            await Record.ExceptionAsync(() => running);
        }

        // Another process goes on once the first has not been heard of for a while.
        await using var beside = database == On.Postgres ? await House.Beside(house) : null;
        Clock.Now += ImportStore.Held * 2;
        var ready = await (beside ?? house).PartLoading.Run(taken.Id, CancellationToken.None);
        Assert.Equal((PartImportState.Ready, new PartCounts(Added: 9500, Refused: 1)), (ready.State, ready.Counts));
        await house.PartImports.Apply(taken.Id, Actor.Console);
        Assert.Equal(9500, (await Catalogue(house)).Count);
    }

    [Theory]
    [InlineData("utf-8", false), InlineData("utf-8", true), InlineData("utf-16", true), InlineData("utf-16", false), InlineData("utf-16BE", true), InlineData("utf-16BE", false), InlineData("iso-8859-1", false), InlineData("windows-1252", false)]
    public async Task The_encoding_and_the_separator_are_found_out(string encoding, bool withMark)
    {
        await using var house = await House.Open(clock: Clock);
        var written = CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding);
        foreach (var separator in (char[])[';', '\t', ',', '|'])
        {
            // The accent is at the end, far behind what a look at the beginning would see.
            var text = "Código" + separator + "Marca" + separator + "Descripción\r\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"{separator}{separator}\r\n")).Replace($"{separator}{separator}", $"1-A{separator}Bosch{separator}normal")
                + $"2-B{separator}Citroën{separator}Año ñandú\r\n";
            text = encoding == "iso-8859-1" || encoding == "windows-1252" ? text : text.Replace("normal", "normál");
            await Empty(house);
            var import = await Applied(house, [.. withMark ? written.GetPreamble() : [], .. written.GetBytes(text)]);
            Assert.Equal(new PartCounts(Added: 2, Repeated: 2999), import.Counts);
            Assert.Equal("Año ñandú", (await house.Parts.Find("citroen", "2b"))!.Description);
        }
    }

    [Fact]
    public async Task A_workbook_is_read_with_its_numbers_as_numbers()
    {
        await using var house = await House.Open(clock: Clock);
        using var file = new MemoryStream();
        await file.SaveAsAsync(new[]
        {
            new { Marca = "BOSCH", Referencia = (object)986494104.0, Nombre = "Pastillas ñ <&>", PVP = (object)12.35, Stock = 4.5 },
            new { Marca = "MANN", Referencia = (object)"W 712/75", Nombre = "Filtro", PVP = (object)"1.234,5", Stock = 0.0 },
            new { Marca = "MANN", Referencia = (object)"W 9", Nombre = "Filtro", PVP = (object)1.234, Stock = 0.0 },
        });

        var import = await Applied(house, file.ToArray());
        Assert.Equal((new PartCounts(Added: 2, Refused: 1), "XLSX"), (import.Counts, import.Kind));
        var bosch = (await house.Parts.Find("bosch", "986494104"))!;
        Assert.Equal(("Pastillas ñ <&>", new Money(1235), 4.5m), (bosch.Description, bosch.PriceFor(null), bosch.Stock!.Quantity));
        Assert.Equal(new Money(123450), (await house.Parts.Find("mann", "w71275"))!.PriceFor(null));
    }

    public static TheoryData<string> Bad => ["bomb", "deep", "names", "token", "dtd", "strings", "columns", "old excel", "binary", "quote", "empty", "huge", "no workbook", "cut workbook"];

    [Theory, MemberData(nameof(Bad))]
    public async Task A_file_that_is_none_or_wants_to_fill_the_memory_is_refused_and_nothing_of_it_is_kept(string which)
    {
        await using var house = await House.Open(clock: Clock);
        var held = GC.GetTotalMemory(forceFullCollection: true);
        var refused = await Assert.ThrowsAsync<Refusal>(async () =>
        {
            await using var file = BadFile(which);
            var taken = await house.PartImports.Take(file, "bad", ',', Actor.Console);
            await house.PartImports.Start(taken.Id, taken.Mapping! with { Brand = "B", Columns = [.. taken.Mapping!.Columns.Select((column, i) => column with { Field = i == 0 ? PartField.Reference : PartField.None })] });
            throw (await house.PartLoading.Run(taken.Id, CancellationToken.None)).Fault!;
        });

        Assert.Equal(which switch
        {
            "bomb" or "deep" or "names" or "token" or "strings" => "table.bomb",
            "columns" => "table.too-many-columns",
            "old excel" => "table.old-excel",
            "binary" => "csv.no-text",
            "quote" => "csv.damaged",
            "empty" => "csv.empty",
            "huge" => "import.too-large",
            _ => "table.no-workbook",
        }, refused.Code);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - held < 64 * 1024 * 1024);
        Assert.Equal((PartImportState.Failed, 0L), ((await house.PartImports.Recent(1))[0].State, await house.Db.Read(tx => tx.One<long>("select count(*) from part_import_chunks"))));
        // The next one is not in anybody's way.
        await Applied(house, Head + "A;1;;;;;;\n");
    }

    [Fact]
    public async Task One_import_at_a_time_and_the_columns_of_the_last_one_are_known_again()
    {
        await using var house = await House.Open(clock: Clock);
        var first = await Taken(house, "Cosa;Otra;P\nA-1;x;10\n"u8.ToArray());
        Assert.Equal("import.busy", (await Assert.ThrowsAsync<Refusal>(() => Taken(house, "a;b\n1;2\n"u8.ToArray()))).Code);
        Assert.Equal("part-import.no-reference", (await Assert.ThrowsAsync<Refusal>(() => house.PartImports.Start(first.Id, first.Mapping!))).Code);
        var mapping = first.Mapping! with { Brand = "ACME", Columns = [new("Cosa", PartField.Reference), new("Otra", PartField.Description), new("P", PartField.Price, "Taller")] };
        await house.PartImports.Start(first.Id, mapping);
        await house.PartLoading.Run(first.Id, CancellationToken.None);
        await house.PartImports.Apply(first.Id, Actor.Console);

        Assert.Equal(new Money(1000), (await house.Parts.Find("acme", "a1"))!.PriceFor("taller"));
        var next = (await Taken(house, "Cosa;Otra;P\nA-2;y;11\n"u8.ToArray())).Mapping!;
        Assert.Equal(("ACME", mapping.Columns[2]), (next.Brand, next.Columns[2]));
    }

    [Theory]
    [InlineData("Lista de precios 2026;;\n;;\nCod. Artículo;Fabricante;PVP_B", "Reference Brand Price:B 3")]
    [InlineData("Part number;Brand;Price;Tier gold;OE;Equivalencias;On hand;VAT", "Reference Brand Price Price:gold CrossReferences CrossReferences Stock Tax 1")]
    [InlineData("Referencia;Código;Precio;PVP;Precio A", "Reference None Price None Price:A 1")]
    public void Columns_are_guessed_from_their_names(string head, string expected)
    {
        var rows = (head + "\n1;2;3\n").TrimEnd().Split('\n').Select((line, i) => new TableRow(i + 1, [.. line.Split(';').Select(cell => new TableCell(cell))])).ToList();
        var guess = PartMapping.Guess(rows, ',');
        Assert.Equal(expected, $"{string.Join(' ', guess.Columns.Select(column => column.Field + (column.Tier.Length > 0 ? $":{column.Tier}" : "")))} {guess.HeadLine}");
    }

    static Task<PartImport> Taken(House house, byte[] file) => house.PartImports.Take(new MemoryStream(file), "lista.csv", ',', Actor.Console);

    static async Task<PartImport> Ready(House house, byte[] file)
    {
        var taken = await Taken(house, file);
        await house.PartImports.Start(taken.Id, taken.Mapping!);
        return await house.PartLoading.Run(taken.Id, CancellationToken.None);
    }

    static Task<PartImport> Ready(House house, string file) => Ready(house, Encoding.UTF8.GetBytes(file));

    static async Task<PartImport> Applied(House house, byte[] file)
    {
        var ready = await Ready(house, file);
        return await house.PartImports.Apply(ready.Id, Actor.Console);
    }

    static Task<PartImport> Applied(House house, string file) => Applied(house, Encoding.UTF8.GetBytes(file));

    static async Task<PartImport> Now(House house, long id) => (await house.PartImports.Find(id))!;

    /// <summary>All that anybody sees, in one order.</summary>
    static Task<List<string>> Catalogue(House house) => house.Db.Read(async tx =>
        await tx.List<string>($"select {PartRow.SeenInSql} from parts where {PartRow.IsSeenInSql} order by match_key, brand_key", new { applied = await PartCatalogue.Applied(tx) }));

    static Task Empty(House house) => house.Db.Write(async tx =>
    {
        await tx.Run("delete from parts");
        await tx.Run("delete from part_words where rowid > 0");
    });

    static Stream BadFile(string which) => which switch
    {
        "old excel" => new MemoryStream([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. new byte[600]]),
        "binary" => new MemoryStream([.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]),
        "quote" => new MemoryStream(Encoding.UTF8.GetBytes("a;b\n1;\"2\n" + string.Concat(Enumerable.Repeat("3;4\n", 50_000)))),
        "empty" => new MemoryStream("Marca;Referencia\n\n\n"u8.ToArray()),
        "huge" => new EndlessLines(),
        "no workbook" => Workbook(_ => { }, withSheet: false),
        "cut workbook" => new MemoryStream(Workbook(to => to.Write("<worksheet><sheetData><row><c><v>1</v></c></row>")).ToArray()[..^40]),
        "bomb" => Workbook(to => Repeat(to, "<worksheet><sheetData>", "<x/>", 80 * 1024 * 1024)),
        "deep" => Workbook(to => Repeat(to, "<worksheet><sheetData>", "<row><c>", 200)),
        "names" => Workbook(to =>
        {
            to.Write("<worksheet><sheetData>");
            for (var i = 0; i < 5000; i++) to.Write($"<n{i}/>");
        }),
        "token" => Workbook(to => Repeat(to, "<worksheet><sheetData><row><c t=\"", "aaaaaaaaaaaaaaaa", 3 * 1024 * 1024)),
        "dtd" => Workbook(to => to.Write("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><worksheet>&a;</worksheet>")),
        "strings" => Workbook(to => to.Write("<worksheet><sheetData/></worksheet>"), strings: to => Repeat(to, "<sst><si><t>", "a", 40_000)),
        "columns" => Workbook(to => to.Write("<worksheet><sheetData><row><c r=\"ZZZ1\"><v>1</v></c></row>")),
        _ => throw new InvalidOperationException(which),
    };

    static void Repeat(StreamWriter to, string head, string what, int signs)
    {
        to.Write(head);
        for (var i = 0; i < signs; i += what.Length) to.Write(what);
    }

    static MemoryStream Workbook(Action<StreamWriter> sheet, bool withSheet = true, Action<StreamWriter>? strings = null)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Entry(string path, Action<StreamWriter> write)
            {
                using var to = new StreamWriter(zip.CreateEntry(path, CompressionLevel.SmallestSize).Open());
                write(to);
            }

            const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
            if (withSheet)
            {
                Entry("_rels/.rels", to => to.Write($"<Relationships><Relationship Id=\"r1\" Type=\"{Office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"));
                Entry("xl/workbook.xml", to => to.Write($"<workbook xmlns:r=\"{Office}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"));
                Entry("xl/_rels/workbook.xml.rels", to => to.Write("<Relationships><Relationship Id=\"r1\" Type=\"worksheet\" Target=\"/xl/worksheets/sheet1.xml\"/></Relationships>"));
            }

            if (strings is not null) Entry("xl/sharedStrings.xml", strings);
            Entry("xl/worksheets/sheet1.xml", sheet);
        }

        file.Position = 0;
        return file;
    }

    /// <summary>A file that never ends.</summary>
    sealed class EndlessLines : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'a');
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
