using System.Diagnostics;
using System.Globalization;
using System.Text;
using CallCenter.Audit;
using CallCenter.Parts.Import;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>A price list of a million references brought in, and what somebody who types waits for: each keystroke is a search.</summary>
static class PartsBench
{
    const int Parts = 1_000_000;
    const int Typed = 120;

    static readonly string[] Kinds =
    [
        "filtro de aceite", "filtro de aire", "filtro de habitáculo", "filtro de combustible", "pastillas de freno", "disco de freno", "zapatas de freno", "latiguillo de freno", "pinza de freno",
        "amortiguador", "muelle de suspensión", "copela de amortiguador", "brazo de suspensión", "rótula de dirección", "bieleta estabilizadora", "casquillo", "rodamiento de rueda", "buje de rueda",
        "correa de distribución", "kit de distribución", "bomba de agua", "correa auxiliar", "polea tensora", "termostato", "radiador", "electroventilador", "alternador", "motor de arranque", "batería",
        "bujía de encendido", "calentador", "bobina de encendido", "sonda lambda", "caudalímetro", "sensor de posición", "electroválvula EGR", "inyector", "bomba de combustible", "turbocompresor",
        "kit de embrague", "volante bimasa", "cilindro de embrague", "junta de culata", "retén de cigüeñal", "soporte de motor", "palier", "junta homocinética", "fuelle", "escobilla limpiaparabrisas",
        "faro", "piloto", "intermitente", "espejo retrovisor", "elevalunas", "cerradura", "paragolpes", "aleta", "capó", "silencioso", "catalizador", "filtro de partículas", "tornillo", "abrazadera", "tuerca",
    ];

    static readonly string[] Sides = ["delantero", "trasero", "izquierdo", "derecho", "superior", "inferior", "delantera izquierda", "trasera derecha", "interior", "exterior", "", "", ""];
    static readonly string[] Models = ["golf", "passat", "polo", "leon", "ibiza", "a3", "a4", "focus", "fiesta", "astra", "corsa", "clio", "megane", "308", "208", "c4", "berlingo", "serie 3", "clase c", "octavia", "qashqai", "tucson", "rav4", "500", "panda", "transit", "sprinter"];
    static readonly string[] Makers = ["VAG", "BMW", "Mercedes-Benz", "Ford", "Opel", "Renault", "PSA", "Fiat", "Toyota", "Nissan", "Hyundai"];
    static readonly string[] Brands = [.. "BOSCH MANN-FILTER MAHLE HELLA VALEO SACHS BREMBO ATE TRW SKF FAG INA LUK GATES CONTINENTAL DAYCO NGK DENSO MONROE KYB LEMFÖRDER MOOG FEBI TOPRAN ELRING CORTECO PIERBURG VDO BERU HENGST".Split(' '), .. Enumerable.Range(1, 30).Select(i => $"MARCA {i}")];

    public static async Task Measure(Run run)
    {
        var folder = Directory.CreateTempSubdirectory("callcenter-parts-");
        try
        {
            var (path, again) = (Path.Combine(folder.FullName, "parts.csv"), Path.Combine(folder.FullName, "again.csv"));
            var parts = run.Count(Parts);
            Write(path, parts, priceFactor: 1);
            Write(again, parts, priceFactor: 1.03m);
            run.Told.WriteLine($"  {new FileInfo(path).Length / 1024 / 1024} MB");
            foreach (var database in Enum.GetValues<On>())
            {
                await using var house = await House.Open(database);
                await Import(run, house, $"{database}: {parts} new references", path, most: 60);
                await Search(run, house, $"{database}: search by the keystroke among {parts}");
                await Import(run, house, $"{database}: the same file again", path);
                await Import(run, house, $"{database}: all prices changed", again);
                await Search(run, house, $"{database}: search by the keystroke, afterwards");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task Import(Run run, House house, string name, string path, double? most = null)
    {
        using var memory = new PeakMemory();
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        PartImport import;
        await using (var file = File.OpenRead(path)) import = await house.PartImports.Take(file, "parts.csv", ',', Actor.Console, null, run.Stop);
        var (taken, stages) = (Stopwatch.GetElapsedTime(began), new List<string>());
        await house.PartImports.Start(import.Id, import.Mapping!, run.Stop);
        using var done = new CancellationTokenSource();
        var watching = Watch(house, import.Id, stages, done.Token);
        import = await house.PartLoading.Run(import.Id, run.Stop);
        if (import.State != PartImportState.Ready) throw new InvalidOperationException($"The import is {import.State}: {import.Fault}");
        await house.PartImports.Apply(import.Id, Actor.Console, run.Stop);
        await done.CancelAsync();
        await watching;
        run.Add(name, Stopwatch.GetElapsedTime(began).TotalSeconds, "s", most: most);
        run.Told.WriteLine($"    taken in after {taken.TotalSeconds:0.0} s; {string.Join(", ", stages)}; {import.Counts}; {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0.0} s of processor");
        run.Add($"{name}: memory above what was before", memory.Growth / 1024.0 / 1024, "MB", most: most is null ? null : 500);
    }

    static async Task Watch(House house, long id, List<string> stages, CancellationToken stop)
    {
        var (began, last) = (Stopwatch.GetTimestamp(), PartImportState.Mapping);
        while (!stop.IsCancellationRequested)
        {
            var now = (await house.PartImports.Find(id, CancellationToken.None))!.State;
            if (now != last) stages.Add($"{now} at {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
            last = now;
            await Task.Delay(100, CancellationToken.None);
        }
    }

    static async Task Search(Run run, House house, string name)
    {
        var (chance, took) = (new Random(7), new List<(double Ms, string Text)>());
        for (var i = 0; i < Typed; i++)
        {
            var whole = WhatSomebodyTypes(chance, run.Count(Parts));
            for (var length = 2; length <= whole.Length; length++)
            {
                if (whole[length - 1] == ' ') continue;
                var began = Stopwatch.GetTimestamp();
                await house.Parts.Search(whole[..length], 20, stop: run.Stop);
                took.Add((Stopwatch.GetElapsedTime(began).TotalMilliseconds, whole[..length]));
            }
        }

        took.Sort();
        run.Add($"{name}: p50", took[took.Count / 2].Ms, "ms");
        run.Add($"{name}: p95", took[took.Count * 95 / 100].Ms, "ms", most: 30);
        run.Add($"{name}: p99", took[took.Count * 99 / 100].Ms, "ms");
        run.Told.WriteLine($"    slowest: {string.Join(", ", took.TakeLast(6).Select(one => $"'{one.Text}' {one.Ms:0} ms"))}");
    }

    /// <summary>A reference as somebody reads it out, half of one, a car maker's number, or words.</summary>
    static string WhatSomebodyTypes(Random chance, int parts)
    {
        var part = new Random(chance.Next(parts));
        var (brand, reference) = (Brands[part.Next(Brands.Length)], Reference(part));
        return chance.Next(6) switch
        {
            0 => reference,
            1 => reference.Replace(" ", "").ToLowerInvariant(),
            2 => Original(part),
            3 => $"{brand.ToLowerInvariant()} {reference}",
            4 => $"{Kinds[chance.Next(Kinds.Length)]} {Models[chance.Next(Models.Length)]}",
            _ => $"{Kinds[chance.Next(Kinds.Length)].Split(' ')[^1]} {Sides[chance.Next(6)]} {Models[chance.Next(Models.Length)]} {Brands[chance.Next(20)].ToLowerInvariant()}",
        };
    }

    static void Write(string path, int parts, decimal priceFactor)
    {
        using var file = new StreamWriter(path, false, new UTF8Encoding(false), 1 << 16);
        file.WriteLine("Marca;Referencia;Descripción;OEM;PVP;Tarifa taller;Tarifa mayorista;Stock;IVA");
        var seen = new HashSet<(string, string)>();
        for (var i = 0; seen.Count < parts; i++)
        {
            var part = new Random(i);
            var (brand, reference) = (Brands[part.Next(Brands.Length)], Reference(part));
            var crosses = string.Join('|', Enumerable.Range(0, part.Next(5)).Select(_ => $"{Makers[part.Next(Makers.Length)]}:{Original(part)}"));
            var description = $"{Kinds[Math.Min(part.Next(Kinds.Length), part.Next(Kinds.Length))]} {Sides[part.Next(Sides.Length)]} {Models[part.Next(Models.Length)]} {1995 + part.Next(30)}-{part.Next(60, 260)} cv {part.Next(5000)}";
            var price = Math.Round((2 + part.Next(40_000) / 100m) * priceFactor, 2);
            if (!seen.Add((brand, reference))) continue;
            file.WriteLine(string.Create(CultureInfo.GetCultureInfo("es"), $"{brand};{reference};{description};{crosses};{price:0.00};{price * 0.8m:0.00};{price * 0.7m:0.00};{part.Next(30)};21"));
        }
    }

    static string Reference(Random part) => part.Next(4) switch
    {
        0 => $"0 {986 + part.Next(3)} {part.Next(1000):000} {part.Next(1000):000}",
        1 => $"{(char)('A' + part.Next(26))} {part.Next(1000)}/{part.Next(400)}",
        2 => $"{part.Next(100):00}.{part.Next(10000):0000}-{part.Next(10000):0000}.2",
        _ => $"{(char)('A' + part.Next(26))}{(char)('A' + part.Next(26))}{part.Next(1_000_000):000000}",
    };

    static string Original(Random part) => $"{"1K0 5Q0 06A 8200 7H0 A0004 1J0 03L".Split(' ')[part.Next(8)]}{part.Next(1_000_000):000000}{(char)('A' + part.Next(26))}";

    /// <summary>How much more memory the process came to hold than it did.</summary>
    sealed class PeakMemory : IDisposable
    {
        readonly long before;
        readonly Timer timer;
        long peak;

        public PeakMemory()
        {
            GC.Collect();
            before = Environment.WorkingSet;
            timer = new(_ => peak = Math.Max(peak, Environment.WorkingSet), null, 0, 50);
        }

        public long Growth => Math.Max(0, peak - before);

        public void Dispose() => timer.Dispose();
    }
}
