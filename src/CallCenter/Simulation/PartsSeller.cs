using CallCenter.Teams;

namespace CallCenter.Simulation;

/// <summary>A number of the company's own and where it leads.</summary>
/// <param name="Queue">Null for an operator's direct number.</param>
/// <param name="Share">Of all calls from outside, in per cent.</param>
sealed record Line(string Number, string? Queue, int Share);

/// <param name="RingsAll">Everybody free at once, instead of one after the other.</param>
/// <param name="OverflowsTo">Where callers go who waited too long in it.</param>
sealed record CallQueue(string Name, bool RingsAll, string? OverflowsTo);

/// <param name="Zeal">How likely this person picks up when it rings.</param>
/// <param name="EatsEarly">The first shift of the midday break; the others take the second.</param>
sealed record Operator(string Extension, string Name, IReadOnlyList<string> Queues, double Zeal, bool EatsEarly, bool WorksSaturdays);

/// <summary>Somebody who rings or is rung. Companies have several telephones.</summary>
sealed record Customer(string? Name, IReadOnlyList<string> Numbers);

/// <summary>
/// The company that the simulator plays: a seller of car parts in Madrid with a phone room of twelve. Nobody in it exists.
/// </summary>
/// <remarks>
/// Numbers are made up from ranges that belong to nobody as far as public documents tell: Spanish mobiles begin with 78,
/// of which the regulator has given no block to any operator; French ones lie in the ranges ARCEP keeps for fiction
/// (01 99 00, 05 36 49, 06 39 98; the last is not even in the numbering plan's valid part, and real networks deliver such
/// numbers too); Portuguese ones in 929 9, assigned to nobody; Spanish fixed numbers in an unused thousand of each province's second code.
/// </remarks>
sealed class PartsSeller
{
    public const int Crew = 12;
    const int KnownCustomers = 420;

    public static readonly TimeZoneInfo Zone = TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Madrid", out var madrid) ? madrid : TimeZoneInfo.Utc;

    /// <summary>The number that outbound calls show.</summary>
    public const string MainNumber = "+34819990010";

    static readonly TimeOnly Opens = new(8, 30), Closes = new(18, 30), SaturdayOpens = new(9, 0), SaturdayCloses = new(13, 30);

    public static readonly OpeningHours Hours = new(
        Zone.Id, Enum.GetValues<DayOfWeek>().Where(day => day != DayOfWeek.Sunday).ToDictionary(day => day, day => (IReadOnlyList<Shift>)[day == DayOfWeek.Saturday ? new(SaturdayOpens, SaturdayCloses) : new(Opens, Closes)]), []);

    // Inbound calls an hour on an ordinary Wednesday, from the hour named until the next.
    static readonly (double Hour, double Calls)[] Wednesday =
        [(8.5, 24), (9, 31), (10, 34), (12, 30), (13, 24), (14, 11), (15, 12), (16, 26), (17, 23), (18, 14)];

    // Sundays have none; they are closed.
    static readonly double[] WeekdayFactor = [0, 1.18, 1.04, 1, 0.98, 0.86, 1];

    static readonly string[] People =
    [
        "Lucía Robledal", "Andrés Vallehermoso", "Marta Peñaclara", "Iván Cantueso", "Noelia Bujalance", "Óscar Matarrubia",
        "Silvia Encinar", "Raúl Torrelodra", "Inés Alcornoque", "Diego Salvatierra", "Carmen Zarzalejo", "Hugo Piedrafita",
    ];

    static readonly string[] Trades = ["Talleres", "Taller", "Autos", "Recambios", "Mecánica", "Chapa y pintura", "Neumáticos", "Electricidad del automóvil", "Desguaces", "Grúas"];
    static readonly string[] Places =
    [
        "Cantoblanco", "Peña Parda", "Valdesauce", "La Encomienda Vieja", "Ribera Alta", "Tres Encinas", "Fuente Nogal", "Las Alondras", "El Mirlo",
        "Puente Quebrado", "Cerro Gris", "Valhondo", "Monteclaro", "La Retama", "Cuatro Robles", "Navacorza", "Arroyo Hondo", "El Cárabo", "Piedra Lisa", "Llano Verde",
    ];

    static readonly string[] GivenNames = ["Paco", "Elena", "Joaquín", "Rosa", "Manuel", "Pilar", "Tomás", "Begoña", "Julián", "Nuria", "Teresa", "Ángel"];

    readonly List<Customer> customers = [];

    /// <param name="crew">More than twelve where more calls are played than twelve people could take.</param>
    public PartsSeller(int crew = Crew)
    {
        Operators = [.. Enumerable.Range(0, Math.Max(crew, Crew)).Select(NewOperator)];
        // Customers are the same whatever the seed: the company has one list of them.
        var chance = new Random(5260);
        for (var i = 0; i < KnownCustomers; i++) customers.Add(NewCustomer(chance, i));
    }

    public IReadOnlyList<Line> Lines { get; } =
    [
        new(MainNumber, "ventas", 44), new("+34819990020", "repuestos", 30), new("+34819990030", "garantías", 10),
        new("+34819990040", "administración", 9), new("+34819990050", null, 7),
    ];

    public IReadOnlyList<CallQueue> Queues { get; } =
    [
        new("ventas", RingsAll: false, OverflowsTo: "repuestos"), new("repuestos", RingsAll: false, OverflowsTo: null),
        new("garantías", RingsAll: true, OverflowsTo: null), new("administración", RingsAll: true, OverflowsTo: "ventas"),
    ];

    public IReadOnlyList<Operator> Operators { get; }

    /// <summary>Those who ring again and again.</summary>
    public IReadOnlyList<Customer> Customers => customers;

    public CallQueue Queue(string name) => Queues.First(queue => queue.Name == name);

    public static DateTime Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).DateTime;

    public static DateTimeOffset Midnight(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, Zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    public static bool WorksOn(DateOnly day) => day.DayOfWeek != DayOfWeek.Sunday && !IsHoliday(day);

    public static bool IsOpen(DateTimeOffset at)
    {
        var local = Local(at);
        if (!WorksOn(DateOnly.FromDateTime(local))) return false;
        var time = TimeOnly.FromDateTime(local);
        return local.DayOfWeek == DayOfWeek.Saturday ? time >= SaturdayOpens && time < SaturdayCloses : time >= Opens && time < Closes;
    }

    /// <summary>How many calls from outside come in an hour at this time of this day.</summary>
    public static double InboundPerHour(DateTimeOffset at)
    {
        var local = Local(at);
        if (!IsOpen(at)) return local.Hour is >= 7 and < 22 ? 1.1 : 0.08;
        if (local.DayOfWeek == DayOfWeek.Saturday) return 17;
        var hour = local.TimeOfDay.TotalHours;
        return Wednesday.Last(step => step.Hour <= hour).Calls * WeekdayFactor[(int)local.DayOfWeek];
    }

    public static bool IsAtWork(Operator person, DateTimeOffset at)
    {
        var local = Local(at);
        if (!IsOpen(at)) return false;
        if (local.DayOfWeek == DayOfWeek.Saturday) return person.WorksSaturdays;
        return local.Hour != (person.EatsEarly ? 14 : 15);
    }

    /// <summary>A regular (a few ring often, most seldom) or somebody never heard of before.</summary>
    public Customer AnyCustomer(Random chance) =>
        chance.NextDouble() < 0.64 ? KnownCustomer(chance) : new Customer(null, [NewNumber(chance, mobile: 0.8)]);

    public Customer KnownCustomer(Random chance) => customers[(int)(Math.Pow(chance.NextDouble(), 2.2) * customers.Count)];

    /// <summary>One number, as the many ways it is written: carriers differ, and so do people (D22).</summary>
    public static string Spell(string e164, Random chance) => chance.Next(10) switch
    {
        < 4 => e164,
        < 6 => "00" + e164[1..],
        < 9 when e164.StartsWith("+34", StringComparison.Ordinal) => e164[3..],
        9 when e164.StartsWith("+34", StringComparison.Ordinal) => $"{e164[3..6]} {e164[6..8]} {e164[8..10]} {e164[10..]}",
        _ => e164,
    };

    public static string Withheld(Random chance) => chance.Next(3) switch { 0 => "anonymous", 1 => "Restricted", _ => "" };

    /// <summary>The holidays of the whole of Spain (the national part of the yearly calendar).</summary>
    public static bool IsHoliday(DateOnly day) => (day.Month, day.Day) switch
    {
        (1, 1) or (1, 6) or (5, 1) or (8, 15) or (10, 12) or (11, 1) or (12, 6) or (12, 8) or (12, 25) => true,
        _ => day == NationalHolidays.Easter(day.Year).AddDays(-2),
    };

    static Operator NewOperator(int i) => new(
        $"{201 + i}",
        i < People.Length ? People[i] : $"Operador {i + 1}",
        (i % Crew) switch
        {
            < 5 => ["ventas", "repuestos"],
            < 8 => ["repuestos", "ventas"],
            < 10 => ["garantías", "repuestos"],
            _ => ["administración", "ventas"],
        },
        Zeal: 0.58 + 0.05 * (i * 7 % 8),
        EatsEarly: i % 2 == 0,
        WorksSaturdays: i % 3 == 0);

    static Customer NewCustomer(Random chance, int i)
    {
        var isCompany = chance.NextDouble() < 0.72;
        var name = isCompany
            ? $"{Trades[chance.Next(Trades.Length)]} {Places[chance.Next(Places.Length)]}"
            : chance.NextDouble() < 0.5 ? GivenNames[i % GivenNames.Length] : null;
        return new Customer(name, [.. Enumerable.Range(0, isCompany ? chance.Next(1, 4) : 1).Select(_ => NewNumber(chance, isCompany ? 0.45 : 0.9))]);
    }

    static string NewNumber(Random chance, double mobile) => chance.Next(100) switch
    {
        < 4 => $"+351929{900_000 + chance.Next(100_000)}",
        < 6 => $"+33{(chance.Next(2) == 0 ? "19900" : "53649")}{chance.Next(10_000):0000}",
        < 7 => $"+3363998{chance.Next(10_000):0000}",
        _ when chance.NextDouble() < mobile => $"+3478{chance.Next(10_000_000):0000000}",
        _ => $"+34{(chance.Next(4) switch { 0 => "839", 1 => "859", 2 => "869", _ => "819" })}99{1000 + chance.Next(9000)}",
    };
}
