using System.Runtime.InteropServices;
using System.Text.Json;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>Measures something and tells the figures as they come.</summary>
/// <param name="Told">Standard error, for what a person watching wants to know meanwhile.</param>
/// <param name="Calls">So many calls are in the history whose figures are asked for.</param>
sealed record Run(string Bench, bool Quick, int Calls, TextWriter Told, List<Figure> Figures, CancellationToken Stop)
{
    /// <summary>A duration of the full run, or its tenth.</summary>
    public TimeSpan Seconds(double full) => TimeSpan.FromSeconds(Quick ? full / 10 : full);

    public int Count(int full) => Quick ? full / 10 : full;

    public void Add(string name, double value, string unit, double? least = null, double? most = null, double? aim = null)
    {
        var figure = new Figure(Bench, name, value, unit, least, most, aim);
        Figures.Add(figure);
        Told.WriteLine($"  {name}: {Figure.Spell(value)} {unit}");
    }
}

static class Benches
{
    public static readonly IReadOnlyDictionary<string, Func<Run, Task>> All = new Dictionary<string, Func<Run, Task>>
    {
        ["translate"] = TranslateBench.Measure,
        ["intake"] = run => IntakeBench.Measure(run, onPostgres: false),
        ["intake-postgres"] = run => IntakeBench.Measure(run, onPostgres: true),
        ["ami"] = AmiBench.InMemory,
        ["ami-database"] = AmiBench.ThroughDatabase,
        ["cases"] = CasesBench.Measure,
        ["bar"] = BarBench.Measure,
        ["notice"] = NoticeBench.Measure,
        ["lists"] = ListsBench.Measure,
        ["parts"] = PartsBench.Measure,
        ["lookup"] = LookUpBench.Measure,
        ["figures"] = run => FiguresBench.Measure(run, On.Sqlite),
        ["figures-postgres"] = run => FiguresBench.Measure(run, On.Postgres),
        ["dashboards"] = DashboardsBench.Measure,
        ["circuits"] = run => CircuitsBench.Measure(run, On.Sqlite),
        ["circuits-postgres"] = run => CircuitsBench.Measure(run, On.Postgres),
        ["idle"] = IdleBench.Measure,
    };

    public static async Task<int> Run(string[] names, bool quick, int calls, bool json, CancellationToken stop)
    {
        var figures = new List<Figure>();
        foreach (var (name, measure) in All)
        {
            if (names.Length > 0 && !names.Contains(name)) continue;
            Console.Error.WriteLine(name);
            await measure(new Run(name, quick, quick ? Math.Min(calls, 100_000) : calls, Console.Error, figures, stop));
        }

        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                cores = Environment.ProcessorCount,
                runtime = RuntimeInformation.FrameworkDescription,
                quick,
                figures = figures.Select(figure => new { figure.Bench, figure.Name, figure.Value, figure.Unit, figure.Least, figure.Most, figure.Aim, figure.Met }),
            }, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
        else FigureTable.Print(figures, Console.Out);
        return 0;
    }
}
