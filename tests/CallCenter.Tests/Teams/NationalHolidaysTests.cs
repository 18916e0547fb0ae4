using System.Globalization;
using CallCenter.Teams;
using CallCenter.Teams.Pages;

namespace CallCenter.Tests.Teams;

public sealed class NationalHolidaysTests
{
    [Theory]
    [InlineData("1818-03-22"), InlineData("1961-04-02"), InlineData("2000-04-23"), InlineData("2008-03-23"), InlineData("2011-04-24"), InlineData("2024-03-31")]
    [InlineData("2025-04-20"), InlineData("2026-04-05"), InlineData("2027-03-28"), InlineData("2028-04-16"), InlineData("2029-04-01"), InlineData("2030-04-21")]
    [InlineData("2038-04-25"), InlineData("2049-04-18"), InlineData("2076-04-19"), InlineData("2285-03-22")]
    public void Easter_falls_where_the_church_says(string day) => Assert.Equal(Date(day), NationalHolidays.Easter(Date(day).Year));

    // Written down from the laws and from calendars, without what was decreed for one year (Argentina kept 12 October 2025 on the 10th).
    [Theory]
    [InlineData("ES", 2025, "01-01 01-06 04-18 05-01 08-15 10-12 11-01 12-06 12-08 12-25")]
    [InlineData("ES", 2027, "01-01 01-06 03-26 05-01 08-15 10-12 11-01 12-06 12-08 12-25")]
    [InlineData("MX", 2024, "01-01 02-05 03-18 05-01 09-16 10-01 11-18 12-25")]
    [InlineData("MX", 2026, "01-01 02-02 03-16 05-01 09-16 11-16 12-25")]
    [InlineData("MX", 2027, "01-01 02-01 03-15 05-01 09-16 11-15 12-25")]
    [InlineData("MX", 2030, "01-01 02-04 03-18 05-01 09-16 10-01 11-18 12-25")]
    [InlineData("AR", 2024, "01-01 02-12 02-13 03-24 03-29 04-02 05-01 05-25 06-17 06-20 07-09 08-17 10-12 11-18 12-08 12-25")]
    [InlineData("AR", 2025, "01-01 03-03 03-04 03-24 04-02 04-18 05-01 05-25 06-16 06-20 07-09 08-17 10-12 11-24 12-08 12-25")]
    [InlineData("AR", 2026, "01-01 02-16 02-17 03-24 04-02 04-03 05-01 05-25 06-15 06-20 07-09 08-17 10-12 11-23 12-08 12-25")]
    [InlineData("AR", 2027, "01-01 02-08 02-09 03-24 03-26 04-02 05-01 05-25 06-20 06-21 07-09 08-16 10-11 11-20 12-08 12-25")]
    [InlineData("CO", 2024, "01-01 01-08 03-25 03-28 03-29 05-01 05-13 06-03 06-10 07-01 07-20 08-07 08-19 10-14 11-04 11-11 12-08 12-25")]
    [InlineData("CO", 2025, "01-01 01-06 03-24 04-17 04-18 05-01 06-02 06-23 06-30 07-20 08-07 08-18 10-13 11-03 11-17 12-08 12-25")]
    [InlineData("CO", 2027, "01-01 01-11 03-22 03-25 03-26 05-01 05-10 05-31 06-07 07-05 07-20 08-07 08-16 10-18 11-01 11-15 12-08 12-25")]
    [InlineData("CL", 2024, "01-01 03-29 03-30 05-01 05-21 06-20 06-29 07-16 08-15 09-18 09-19 09-20 10-12 10-31 11-01 12-08 12-25")]
    [InlineData("CL", 2025, "01-01 04-18 04-19 05-01 05-21 06-20 06-29 07-16 08-15 09-18 09-19 10-12 10-31 11-01 12-08 12-25")]
    [InlineData("CL", 2026, "01-01 04-03 04-04 05-01 05-21 06-21 06-29 07-16 08-15 09-18 09-19 10-12 10-31 11-01 12-08 12-25")]
    [InlineData("CL", 2027, "01-01 03-26 03-27 05-01 05-21 06-21 06-28 07-16 08-15 09-17 09-18 09-19 10-11 10-31 11-01 12-08 12-25")]
    [InlineData("PE", 2026, "01-01 04-02 04-03 05-01 06-07 06-29 07-23 07-28 07-29 08-06 08-30 10-08 11-01 12-08 12-09 12-25")]
    [InlineData("UY", 2025, "01-01 03-01 05-01 07-18 08-25 12-25")]
    [InlineData("UY", 2026, "01-01 05-01 07-18 08-25 12-25")]
    [InlineData("PT", 2026, "01-01 04-03 04-05 04-25 05-01 06-04 06-10 08-15 10-05 11-01 12-01 12-08 12-25")]
    [InlineData("PT", 2027, "01-01 03-26 03-28 04-25 05-01 05-27 06-10 08-15 10-05 11-01 12-01 12-08 12-25")]
    [InlineData("BR", 2026, "01-01 04-03 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25")]
    public void A_country_rests_on_its_days(string country, int year, string days) =>
        Assert.Equal(days, string.Join(' ', NationalHolidays.Of(country, year).Select(holiday => holiday.Day.ToString("MM-dd", CultureInfo.InvariantCulture))));

    [Theory]
    // Argentina: Saturday, Sunday and Monday stay, Tuesday and Wednesday go back, Thursday and Friday go on.
    [InlineData("AR", "San Martín", "2024-08-17"), InlineData("AR", "San Martín", "2025-08-17"), InlineData("AR", "San Martín", "2026-08-17"), InlineData("AR", "San Martín", "2027-08-16")]
    [InlineData("AR", "San Martín", "2033-08-15"), InlineData("AR", "San Martín", "2028-08-21"), InlineData("AR", "San Martín", "2029-08-20")]
    // Güemes from a Thursday, and from a Friday, where Belgrano is on the Monday after.
    [InlineData("AR", "Güemes", "2032-06-21"), InlineData("AR", "Güemes", "2033-06-17")]
    // Chile: Friday goes on, Saturday to Monday stay, Tuesday to Thursday go back.
    [InlineData("CL", "San Pedro", "2029-07-02"), InlineData("CL", "San Pedro", "2024-06-29"), InlineData("CL", "San Pedro", "2025-06-29"), InlineData("CL", "San Pedro", "2026-06-29")]
    [InlineData("CL", "San Pedro", "2027-06-28"), InlineData("CL", "San Pedro", "2033-06-27"), InlineData("CL", "San Pedro", "2028-06-26")]
    [InlineData("CL", "Dos Mundos", "2028-10-09"), InlineData("CL", "Dos Mundos", "2029-10-15"), InlineData("CL", "Dos Mundos", "2030-10-12")]
    // The Protestants' day: a Monday stays, a Tuesday and a Wednesday go to a Friday, a Thursday stays.
    [InlineData("CL", "Protestantes", "2033-10-31"), InlineData("CL", "Protestantes", "2028-10-27"), InlineData("CL", "Protestantes", "2029-11-02"), InlineData("CL", "Protestantes", "2030-10-31")]
    [InlineData("CL", "Pueblos Indígenas", "2027-06-21"), InlineData("CL", "Pueblos Indígenas", "2028-06-20"), InlineData("CL", "Pueblos Indígenas", "2029-06-20"), InlineData("CL", "Pueblos Indígenas", "2030-06-21")]
    // Days beside others: 1 January on a Sunday; 18 September on a Saturday, a Sunday, a Monday, a Tuesday, a Wednesday, a Thursday.
    [InlineData("CL", "adicional de Año Nuevo", "2034-01-02"), InlineData("CL", "adicional de Año Nuevo", null, 2033)]
    [InlineData("CL", "adicional de Fiestas Patrias", "2027-09-17"), InlineData("CL", "adicional de Fiestas Patrias", null, 2033), InlineData("CL", "adicional de Fiestas Patrias", null, 2028)]
    [InlineData("CL", "adicional de Fiestas Patrias", "2029-09-17"), InlineData("CL", "adicional de Fiestas Patrias", "2030-09-20"), InlineData("CL", "adicional de Fiestas Patrias", null, 2031)]
    // Colombia: only a Monday stays.
    [InlineData("CO", "Reyes", "2025-01-06"), InlineData("CO", "Reyes", "2026-01-12"), InlineData("CO", "Reyes", "2030-01-07")]
    [InlineData("MX", "Poder Ejecutivo", "2030-10-01"), InlineData("MX", "Poder Ejecutivo", null, 2029), InlineData("UY", "Mando", "2030-03-01"), InlineData("UY", "Mando", null, 2029)]
    public void A_holiday_moves_as_its_law_says(string country, string name, string? day, int year = 0)
    {
        var found = NationalHolidays.Of(country, day is null ? year : Date(day).Year).SingleOrDefault(holiday => holiday.Name.Contains(name, StringComparison.Ordinal));
        Assert.Equal(day is null ? null : Date(day), found?.Day);
    }

    [Fact]
    public void Holidays_that_fall_together_are_one_with_both_names() =>
        Assert.Contains(new Holiday(new DateOnly(2025, 6, 30), "Sagrado Corazón de Jesús, San Pedro y San Pablo"), NationalHolidays.Of("CO", 2025));

    [Fact]
    public void Whatever_is_offered_can_be_kept()
    {
        foreach (var country in NationalHolidays.Countries.Keys)
            for (var year = NationalHolidays.YearMin; year <= NationalHolidays.YearMax; year++)
            {
                var holidays = NationalHolidays.Of(country, year);
                Assert.All(holidays, holiday => Assert.Equal(year, holiday.Day.Year));
                Assert.Equal(holidays.Select(holiday => holiday.Day).Distinct().Order(), holidays.Select(holiday => holiday.Day));
                (OpeningHours.Always with { Holidays = holidays }).Check();
            }
    }

    [Fact]
    public void What_is_not_known_is_refused()
    {
        Assert.Equal("team.holiday-country", Assert.Throws<Refusal>(() => NationalHolidays.Of("XX", 2026)).Code);
        Assert.Equal("team.holiday-year", Assert.Throws<Refusal>(() => NationalHolidays.Of("ES", NationalHolidays.YearMin - 1)).Code);
        Assert.Equal("team.holiday-year", Assert.Throws<Refusal>(() => NationalHolidays.Of("ES", NationalHolidays.YearMax + 1)).Code);
    }

    [Fact]
    public void On_a_form_they_come_once_beside_those_there_are_while_there_is_room()
    {
        var mine = new Holiday(new DateOnly(2026, 12, 25), "Cerrado");
        var draft = new HoursDraft(OpeningHours.Always with { Holidays = [mine] });
        Assert.True(draft.AddNational("UY", 2026));
        Assert.True(draft.AddNational("UY", 2026));
        Assert.Equal((5, mine), (draft.Holidays.Count, draft.Read().Holidays[^1]));

        draft.Holidays.AddRange(Enumerable.Range(0, OpeningHours.HolidaysMax - 9).Select(day => new Holiday(new DateOnly(2028, 1, 1).AddDays(day), "")));
        Assert.False(draft.AddNational("UY", 2027)); // five days for four places
        Assert.Equal(OpeningHours.HolidaysMax - 4, draft.Holidays.Count);
    }

    static DateOnly Date(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
