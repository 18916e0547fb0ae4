using System.CommandLine;
using System.Globalization;
using CallCenter.Teams;

namespace CallCenter.Commands;

/// <summary><c>callcenter team hours</c>, <c>team holidays</c> and <c>team targets</c>: when a team answers, and what it wants to reach.</summary>
static class TeamHoursCommand
{
    public static Command Hours()
    {
        var (team, database, json) = (TeamCommand.Which(), Commands.Database(), Commands.AsJson());
        var open = new Option<List<(DayOfWeek Day, IReadOnlyList<Shift> Shifts)>>("--open")
        {
            Description = "Hours of a day or of days, such as monday-friday=09:00-14:00,16:00-19:30 or sunday=closed or saturday=24h; may be given several times. Days that are not named stay as they are",
            DefaultValueFactory = _ => [],
            CustomParser = result => [.. result.Tokens.SelectMany(token => ReadDays(token.Value, result.AddError))],
        };
        var zone = new Option<string?>("--time-zone") { Description = "IANA name of the zone of these hours, such as Europe/Madrid" };
        var holidays = new Option<List<Holiday>>("--holiday")
        {
            Description = "A day on which the team does not answer, such as 2026-12-25=Christmas; may be given several times, and comes beside those there are",
            DefaultValueFactory = _ => [],
            CustomParser = result => [.. result.Tokens.SelectMany(token => ReadHoliday(token.Value, result.AddError))],
        };
        var noHolidays = new Option<bool>("--no-holidays") { Description = "Takes the holidays away that there are" };
        var command = new Command("hours", "When a team answers") { team, open, zone, holidays, noHolidays, database, json };
        command.SetAction((parsed, stop) => TeamCommand.Change(parsed, team, database, json, known =>
        {
            var (hours, added) = (known.Hours, parsed.GetValue(holidays)!);
            var week = new Dictionary<DayOfWeek, IReadOnlyList<Shift>>(hours.Week);
            foreach (var (day, shifts) in parsed.GetValue(open)!) week[day] = shifts;
            var kept = parsed.GetValue(noHolidays) ? [] : hours.Holidays.Where(holiday => !added.Exists(other => other.Day == holiday.Day));
            return known with { Hours = new OpeningHours(parsed.GetValue(zone) ?? hours.Zone, week, [.. kept.Concat(added).OrderBy(holiday => holiday.Day)]) };
        }, stop));
        return command;
    }

    public static Command Holidays()
    {
        var (team, database, json) = (TeamCommand.Which(), Commands.Database(), Commands.AsJson());
        var country = new Option<string>("--country") { Description = $"Whose public holidays, one of: {string.Join(", ", NationalHolidays.Countries.Keys)}", Required = true };
        var year = new Option<int>("--year") { Description = "Of which year, such as 2027", Required = true };
        var command = new Command("holidays", "The public holidays of a country come beside the holidays there are") { team, country, year, database, json };
        command.SetAction((parsed, stop) => TeamCommand.Change(parsed, team, database, json, known =>
        {
            var both = known.Hours.Holidays.UnionBy(NationalHolidays.Of(parsed.GetValue(country)!, parsed.GetValue(year)), holiday => holiday.Day);
            return known with { Hours = known.Hours with { Holidays = [.. both.OrderBy(holiday => holiday.Day)] } };
        }, stop));
        return command;
    }

    public static Command Targets()
    {
        var (team, database, json) = (TeamCommand.Which(), Commands.Database(), Commands.AsJson());
        static Option<int?> Number(string name, string description) => new(name) { Description = $"{description}; 0 is no target" };
        var answered = Number("--answered-percent", "Of the calls that come, so many are answered");
        var (level, seconds) = (Number("--service-level-percent", "So many are answered within the seconds of the service level"), Number("--service-level-seconds", "The seconds of the service level"));
        var recovered = Number("--recovered-percent", "Of the calls that were missed, so many are made good");
        var callBack = Number("--call-back-minutes", "A missed call is returned within so many working minutes");
        var command = new Command("targets", "What a team wants to reach; what is not named stays as it is") { team, answered, level, seconds, recovered, callBack, database, json };
        command.SetAction((parsed, stop) => TeamCommand.Change(parsed, team, database, json, known => known with
        {
            Targets = new TeamTargets(
                Chosen(parsed.GetValue(answered), known.Targets.AnsweredPercent), Chosen(parsed.GetValue(level), known.Targets.ServiceLevelPercent),
                Chosen(parsed.GetValue(seconds), known.Targets.ServiceLevelSeconds), Chosen(parsed.GetValue(recovered), known.Targets.RecoveredPercent),
                Chosen(parsed.GetValue(callBack), known.Targets.CallBackMinutes)),
        }, stop));
        return command;

        static int? Chosen(int? given, int? before) => given is null ? before : given == 0 ? null : given;
    }

    static List<(DayOfWeek, IReadOnlyList<Shift>)> ReadDays(string text, Action<string> refuse)
    {
        if (text.Split('=', 2) is not [var days, var hours] || days.Split('-') is not ([_] or [_, _]) || days.Split('-').Any(day => !Enum.TryParse<DayOfWeek>(day, ignoreCase: true, out var known) || !Enum.IsDefined(known)))
        {
            refuse($"--open needs a day or days and hours, such as monday-friday=09:00-14:00; '{text}' is not like that");
            return [];
        }

        try
        {
            IReadOnlyList<Shift> shifts = hours.Trim() is "" or "closed" ? [] : WrittenHours.Read(hours);
            var edges = days.Split('-').Select(day => Enum.Parse<DayOfWeek>(day, ignoreCase: true)).ToList();
            var length = ((int)edges[^1] - (int)edges[0] + 7) % 7 + 1;
            return [.. Enumerable.Range((int)edges[0], length).Select(day => ((DayOfWeek)(day % 7), shifts))];
        }
        catch (Refusal refusal)
        {
            refuse(Sentences.Of(refusal));
            return [];
        }
    }

    static IEnumerable<Holiday> ReadHoliday(string text, Action<string> refuse)
    {
        var parts = text.Split('=', 2);
        if (DateOnly.TryParseExact(parts[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return [new Holiday(day, parts.Length > 1 ? parts[1].Trim() : "")];
        refuse($"--holiday needs a day such as 2026-12-25=Christmas; '{text}' is none");
        return [];
    }
}
