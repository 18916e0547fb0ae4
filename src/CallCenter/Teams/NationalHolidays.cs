using static System.DayOfWeek;

namespace CallCenter.Teams;

/// <summary>The days on which a whole country rests by law, worked out for a year; what regions, towns and yearly decrees add is entered by hand.</summary>
/// <remarks>A rule per holiday, the laws as they stood at the beginning of 2026. Elections are left out: they are called anew each time.</remarks>
static class NationalHolidays
{
    /// <summary>Before it not all of these laws were in force; after the last one Chile's winter solstice no longer comes in steps of four years.</summary>
    public const int YearMin = 2024, YearMax = 2045;

    /// <summary>By the country's ISO code. A rule may have no day in a year.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<Func<int, Holiday?>>> Countries = new Dictionary<string, IReadOnlyList<Func<int, Holiday?>>>(StringComparer.OrdinalIgnoreCase)
    {
        ["AR"] = Argentina,
        ["BR"] = Brazil,
        ["CL"] = Chile,
        ["CO"] = Colombia,
        ["ES"] = Spain,
        ["MX"] = Mexico,
        ["PE"] = Peru,
        ["PT"] = Portugal,
        ["UY"] = Uruguay,
    };

    /// <summary>In the order of their days, named in the country's language. Two that fall together are one, with both names.</summary>
    /// <exception cref="Refusal">The country's holidays, or those of that year, are not known.</exception>
    public static IReadOnlyList<Holiday> Of(string country, int year)
    {
        if (!Countries.TryGetValue(country, out var rules)) throw new Refusal(RefusalKind.Invalid, "team.holiday-country", country, string.Join(", ", Countries.Keys));
        if (year is < YearMin or > YearMax) throw new Refusal(RefusalKind.Invalid, "team.holiday-year", year, YearMin, YearMax);
        return [.. rules.Select(rule => rule(year)).OfType<Holiday>().GroupBy(holiday => holiday.Day).OrderBy(same => same.Key)
            .Select(same => new Holiday(same.Key, string.Join(", ", same.Select(holiday => holiday.Name))))];
    }

    /// <summary>Easter Sunday, by the anonymous Gregorian algorithm.</summary>
    public static DateOnly Easter(int year)
    {
        var (a, b, c) = (year % 19, year / 100, year % 100);
        var h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
        var l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
        var m = (a + 11 * h + 22 * l) / 451;
        var n = h + l - 7 * m + 114;
        return new DateOnly(year, n / 31, n % 31 + 1);
    }

    /// <summary>Ley 27.399. Its tourist bridges, and where a holiday goes that falls on a weekend (Decreto 614/2025), are decided each year and left out.</summary>
    static Func<int, Holiday?>[] Argentina =>
    [
        On(1, 1, "Año Nuevo"), FromEaster(-48, "Carnaval"), FromEaster(-47, "Carnaval"),
        On(3, 24, "Día Nacional de la Memoria por la Verdad y la Justicia"), On(4, 2, "Día del Veterano y de los Caídos en la Guerra de Malvinas"),
        FromEaster(-2, "Viernes Santo"), On(5, 1, "Día del Trabajo"), On(5, 25, "Día de la Revolución de Mayo"),
        // From a Friday it would go to Belgrano's Monday and be lost; in 2022 it stayed where it was.
        On(6, 17, "Paso a la Inmortalidad del General Martín Miguel de Güemes", day => day.DayOfWeek is Friday ? day : ToNearMonday(day)),
        On(6, 20, "Paso a la Inmortalidad del General Manuel Belgrano"), On(7, 9, "Día de la Independencia"),
        On(8, 17, "Paso a la Inmortalidad del General José de San Martín", ToNearMonday), On(10, 12, "Día del Respeto a la Diversidad Cultural", ToNearMonday),
        On(11, 20, "Día de la Soberanía Nacional", ToNearMonday), On(12, 8, "Inmaculada Concepción de María"), On(12, 25, "Navidad"),
    ];

    /// <summary>
    /// Lei 662/1949 with Lei 10.607/2002, Lei 6.802/1980 and Lei 14.759/2023. Good Friday is in the hands of the towns (Lei 9.093/1995),
    /// but the Union's yearly list calls it national too; the optional days of that list (Carnival, Corpus Christi) are left out.
    /// </summary>
    static Func<int, Holiday?>[] Brazil =>
    [
        On(1, 1, "Confraternização Universal"), FromEaster(-2, "Paixão de Cristo"), On(4, 21, "Tiradentes"), On(5, 1, "Dia do Trabalho"),
        On(9, 7, "Independência do Brasil"), On(10, 12, "Nossa Senhora Aparecida"), On(11, 2, "Finados"), On(11, 15, "Proclamação da República"),
        On(11, 20, "Dia Nacional de Zumbi e da Consciência Negra"), On(12, 25, "Natal"),
    ];

    /// <summary>
    /// Ley 2.977 and what came after it: Ley 3.810 and Ley 19.668 (29 June and 12 October move), Ley 20.148 (16 July), Ley 20.215 and Ley 20.983
    /// (days beside 1 January and 18 and 19 September), Ley 20.299 (31 October moves), Ley 21.357 (winter solstice). Laws for one year, and regions, are left out.
    /// </summary>
    static Func<int, Holiday?>[] Chile =>
    [
        On(1, 1, "Año Nuevo"), On(1, 2, "Feriado adicional de Año Nuevo", day => day.DayOfWeek is Monday ? day : null),
        FromEaster(-2, "Viernes Santo"), FromEaster(-1, "Sábado Santo"), On(5, 1, "Día Nacional del Trabajo"), On(5, 21, "Día de las Glorias Navales"),
        // The day on which the solstice falls by the clocks of Chile.
        year => new Holiday(new DateOnly(year, 6, year % 4 < 2 ? 20 : 21), "Día Nacional de los Pueblos Indígenas"),
        On(6, 29, "San Pedro y San Pablo", ToMondayOfThatWeek), On(7, 16, "Virgen del Carmen"), On(8, 15, "Asunción de la Virgen"),
        On(9, 17, "Feriado adicional de Fiestas Patrias", day => day.DayOfWeek is Monday or Friday ? day : null),
        On(9, 18, "Independencia Nacional"), On(9, 19, "Día de las Glorias del Ejército"),
        On(9, 20, "Feriado adicional de Fiestas Patrias", day => day.DayOfWeek is Friday ? day : null),
        On(10, 12, "Encuentro de Dos Mundos", ToMondayOfThatWeek),
        On(10, 31, "Día Nacional de las Iglesias Evangélicas y Protestantes", day => day.DayOfWeek switch { Tuesday => day.AddDays(-4), Wednesday => day.AddDays(2), _ => day }),
        On(11, 1, "Todos los Santos"), On(12, 8, "Inmaculada Concepción"), On(12, 25, "Navidad"),
    ];

    /// <summary>Ley 51 de 1983, called Emiliani.</summary>
    static Func<int, Holiday?>[] Colombia =>
    [
        On(1, 1, "Año Nuevo"), On(1, 6, "Día de los Reyes Magos", ToNextMonday), On(3, 19, "Día de San José", ToNextMonday),
        FromEaster(-3, "Jueves Santo"), FromEaster(-2, "Viernes Santo"), On(5, 1, "Día del Trabajo"), FromEaster(39, "Ascensión del Señor", ToNextMonday),
        FromEaster(60, "Corpus Christi", ToNextMonday), FromEaster(68, "Sagrado Corazón de Jesús", ToNextMonday), On(6, 29, "San Pedro y San Pablo", ToNextMonday),
        On(7, 20, "Día de la Independencia"), On(8, 7, "Batalla de Boyacá"), On(8, 15, "Asunción de la Virgen", ToNextMonday),
        On(10, 12, "Día de la Diversidad Étnica y Cultural", ToNextMonday), On(11, 1, "Todos los Santos", ToNextMonday),
        On(11, 11, "Independencia de Cartagena", ToNextMonday), On(12, 8, "Inmaculada Concepción"), On(12, 25, "Navidad"),
    ];

    /// <summary>
    /// Estatuto de los Trabajadores, artículo 37.2, and Real Decreto 2001/1983, artículo 45. The communities may exchange 6 January, and all have kept it.
    /// Their own days, and whether the Monday after a holiday on a Sunday is one, they say each year: left out.
    /// </summary>
    static Func<int, Holiday?>[] Spain =>
    [
        On(1, 1, "Año Nuevo"), On(1, 6, "Epifanía del Señor"), FromEaster(-2, "Viernes Santo"), On(5, 1, "Fiesta del Trabajo"), On(8, 15, "Asunción de la Virgen"),
        On(10, 12, "Fiesta Nacional de España"), On(11, 1, "Todos los Santos"), On(12, 6, "Día de la Constitución Española"), On(12, 8, "Inmaculada Concepción"),
        On(12, 25, "Natividad del Señor"),
    ];

    /// <summary>Ley Federal del Trabajo, artículo 74: the days of obligatory rest.</summary>
    static Func<int, Holiday?>[] Mexico =>
    [
        On(1, 1, "Año Nuevo"), OnMonday(1, 2, "Día de la Constitución"), OnMonday(3, 3, "Natalicio de Benito Juárez"), On(5, 1, "Día del Trabajo"),
        On(9, 16, "Día de la Independencia"), On(10, 1, "Transmisión del Poder Ejecutivo Federal", day => (day.Year - 2024) % 6 == 0 ? day : null),
        OnMonday(3, 11, "Día de la Revolución"), On(12, 25, "Navidad"),
    ];

    /// <summary>Decreto Legislativo 713, artículo 6, as it is since Ley 31822. The days without work that decrees add each year are left out.</summary>
    static Func<int, Holiday?>[] Peru =>
    [
        On(1, 1, "Año Nuevo"), FromEaster(-3, "Jueves Santo"), FromEaster(-2, "Viernes Santo"), On(5, 1, "Día del Trabajo"), On(6, 7, "Batalla de Arica y Día de la Bandera"),
        On(6, 29, "San Pedro y San Pablo"), On(7, 23, "Día de la Fuerza Aérea del Perú"), On(7, 28, "Fiestas Patrias"), On(7, 29, "Fiestas Patrias"), On(8, 6, "Batalla de Junín"),
        On(8, 30, "Santa Rosa de Lima"), On(10, 8, "Combate de Angamos"), On(11, 1, "Todos los Santos"), On(12, 8, "Inmaculada Concepción"), On(12, 9, "Batalla de Ayacucho"),
        On(12, 25, "Navidad del Señor"),
    ];

    /// <summary>Código do Trabalho, artigo 234.º. Carnival and the town's day are agreed on (artigo 235.º) and left out.</summary>
    static Func<int, Holiday?>[] Portugal =>
    [
        On(1, 1, "Ano Novo"), FromEaster(-2, "Sexta-Feira Santa"), FromEaster(0, "Domingo de Páscoa"), On(4, 25, "Dia da Liberdade"), On(5, 1, "Dia do Trabalhador"),
        FromEaster(60, "Corpo de Deus"), On(6, 10, "Dia de Portugal, de Camões e das Comunidades Portuguesas"), On(8, 15, "Assunção de Nossa Senhora"),
        On(10, 5, "Implantação da República"), On(11, 1, "Todos os Santos"), On(12, 1, "Restauração da Independência"), On(12, 8, "Imaculada Conceição"), On(12, 25, "Natal"),
    ];

    /// <summary>
    /// Ley 12.590, artículo 18, and Decreto-Ley 10.396 (a new president takes office): the paid holidays. The others (Carnaval, Turismo, 19 April
    /// and so on, Decreto-Ley 14.977 and Ley 16.805) are working days where the employer does not say otherwise, and left out.
    /// </summary>
    static Func<int, Holiday?>[] Uruguay =>
    [
        On(1, 1, "Año Nuevo"), On(3, 1, "Transmisión del Mando Presidencial", day => day.Year % 5 == 0 ? day : null), On(5, 1, "Día de los Trabajadores"),
        On(7, 18, "Jura de la Constitución"), On(8, 25, "Declaratoria de la Independencia"), On(12, 25, "Día de la Familia"),
    ];

    /// <param name="moved">Where it goes from that day; null when it is none that year.</param>
    static Func<int, Holiday?> On(int month, int day, string name, Func<DateOnly, DateOnly?>? moved = null) => year => Moved(new DateOnly(year, month, day), name, moved);

    /// <param name="days">Before Easter Sunday when negative.</param>
    static Func<int, Holiday?> FromEaster(int days, string name, Func<DateOnly, DateOnly?>? moved = null) => year => Moved(Easter(year).AddDays(days), name, moved);

    /// <param name="which">1 is the month's first Monday.</param>
    static Func<int, Holiday?> OnMonday(int which, int month, string name) => year => new Holiday(MondayOf(new DateOnly(year, month, 7 * which)), name);

    static Holiday? Moved(DateOnly day, string name, Func<DateOnly, DateOnly?>? moved) => (moved is null ? day : moved(day)) is { } kept ? new Holiday(kept, name) : null;

    /// <summary>Colombia: what is no Monday goes to the next one.</summary>
    static DateOnly? ToNextMonday(DateOnly day) => MondayOf(day.AddDays(6));

    /// <summary>Argentina: in the first half of the week to the Monday before, in the second to the one after.</summary>
    static DateOnly? ToNearMonday(DateOnly day) => day.DayOfWeek switch
    {
        Tuesday or Wednesday => MondayOf(day),
        Thursday or Friday => MondayOf(day).AddDays(7),
        _ => day,
    };

    /// <summary>Chile: to the Monday of the week, and from a Friday to the next one.</summary>
    static DateOnly? ToMondayOfThatWeek(DateOnly day) => day.DayOfWeek switch
    {
        Tuesday or Wednesday or Thursday => MondayOf(day),
        Friday => MondayOf(day).AddDays(7),
        _ => day,
    };

    /// <summary>Of the week that ends with Sunday.</summary>
    static DateOnly MondayOf(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
}
