using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Reports;
using CallCenter.Teams;

namespace CallCenter.Commands;

/// <summary><c>callcenter report</c>: the figures of the screens and of the API, for scripts and for people in a terminal.</summary>
static class ReportCommand
{
    public static Command Make()
    {
        var name = new Argument<string>("name") { Description = $"One of: {string.Join(", ", Enum.GetNames<ReportName>().Select(one => one.ToLowerInvariant()).Concat(Report.All.Select(one => one.Name)))}" };
        name.AcceptOnlyFromAmong([.. Enum.GetNames<ReportName>().Select(one => one.ToLowerInvariant()), .. Report.All.Select(one => one.Name)]);
        var from = new Option<string?>("--from") { Description = $"First day, such as 2026-05-04; {FigureConditions.DaysUsually} days to the last when not given" };
        var to = new Option<string?>("--to") { Description = "Last day, which belongs to the period; today when not given" };
        var zone = new Option<string?>("--zone") { Description = "IANA name of the zone whose days these are, such as Europe/Madrid. Default: this machine's" };
        var teams = new Option<string[]>("--team") { Description = "Only calls of this team, by name or id, 'none' for those of no team; may be given several times", DefaultValueFactory = _ => [] };
        var line = new Option<string?>("--line") { Description = "Only calls of this line" };
        var queue = new Option<string?>("--queue") { Description = "Only calls of this queue" };
        var person = new Option<string?>("--operator") { Description = "Only calls that this extension or agent answered or placed" };
        var direction = new Option<string?>("--direction") { Description = "inbound, outbound or internal" };
        var recovery = new Option<string?>("--recovery") { Description = "Only missed calls that stand so: open, recovered, self_recovered or no_number" };
        var seconds = new Option<string?>("--service-seconds") { Description = $"Threshold of the service level. Default: {FigureRules.Default.ServiceSeconds}" };
        var compare = new Option<string?>("--compare") { Description = "previous: with as long a time before; year_before: with the same weeks of the year before" };
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("report", "Tells how many calls there were and what became of them") { name, from, to, zone, teams, line, queue, person, direction, recovery, seconds, compare, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var asked = new FigureConditions
            {
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Zone = parsed.GetValue(zone),
                Team = [.. parsed.GetValue(teams)!.Select(team => team == CallFilter.NoTeam ? team : TeamCommand.Find(stage, team).Id)],
                Line = parsed.GetValue(line),
                Queue = parsed.GetValue(queue),
                Operator = parsed.GetValue(person),
                Direction = parsed.GetValue(direction),
                Recovery = parsed.GetValue(recovery),
                ServiceSeconds = parsed.GetValue(seconds),
                Compare = parsed.GetValue(compare),
            };
            var filter = asked.ToFilter(TimeZoneInfo.Local, TimeProvider.System.GetUtcNow());
            var (output, scope) = (parsed.InvocationConfiguration.Output, Authority.Console.Rights.Calls);
            if (Report.Find(parsed.GetValue(name)) is { } apart)
            {
                var answer = ReportAnswer.Of(await stage.Get<ReportDesk>().Read(apart, scope, filter, asked.ToRules(), stop: stop));
                if (parsed.GetValue(json)) output.WriteLine(JsonSerializer.Serialize(answer, CallJson.Indented));
                else Print(output, apart, answer);
                return 0;
            }

            var report = await stage.Get<FigureReports>().Of(Enum.Parse<ReportName>(parsed.GetValue(name)!, ignoreCase: true), scope, filter, asked.ToRules(), asked.ToComparison(), stop);
            if (parsed.GetValue(json)) output.WriteLine(JsonSerializer.Serialize(report, report.GetType(), CallJson.Indented));
            else Print(output, report, stage.Get<Personnel>());
            return 0;
        }));
        return command;
    }

    static void Print(TextWriter to, object report, ITeamNames names)
    {
        switch (report)
        {
            case FigureReport<SummaryReport> summary:
                Table.Print(to, ["figure", "value", "before", "of"], summary.Value.Figures.Select((figure, i) => new[]
                {
                    Word(figure.Figure), Value(figure), summary.Before is { } before ? Value(before.Value.Figures[i]) : null,
                    figure.Bottom is { } bottom ? $"{Number(figure.Top.Amount)} {Word(figure.Top.Part)} / {Number(bottom.Amount)} {Word(bottom.Part)}" : null,
                }));
                Head(to, summary);
                break;
            case FigureReport<IReadOnlyList<DayFigures>> days:
                Table.Print(to, ["day", .. CountsHead, "service level", "mean wait"], days.Value.Select(day => (string?[])[$"{day.Day:yyyy-MM-dd}", .. Cells(day.Counts), Percent(day.Level.Value), Seconds(day.MeanWait)]));
                Head(to, days);
                break;
            case FigureReport<HoursReport> { Value.Day: { } slots } hours:
                Table.Print(to, ["half hour", .. CountsHead], slots.Select(slot => (string?[])[$"{slot.Start:HH:mm zzz}", .. Cells(slot.Counts)]));
                Head(to, hours);
                break;
            case FigureReport<HoursReport> hours:
                Table.Print(to, ["weekday", "half hour", "occurred", "mean offered", .. CountsHead], hours.Value.Weeks.Where(one => one.Counts.Calls > 0)
                    .Select(one => (string?[])[$"{one.Weekday}", $"{one.Time:HH:mm}", Number(one.Occurred), one.MeanOffered?.ToString("0.00", CultureInfo.InvariantCulture), .. Cells(one.Counts)]));
                Head(to, hours);
                break;
            case FigureReport<IReadOnlyList<StateFigures>> states:
                Table.Print(to, ["direction", "outcome", "stands", "calls"], states.Value.Select(state => new[] { Word(state.Direction), Word(state.Outcome), state.Standing is { } standing ? Word(standing) : null, Number(state.Calls) }));
                Head(to, states);
                break;
            case FigureReport<Ranking> ranking:
                Table.Print(to, ["operator", "answered", "placed", "in vain", "mean talk", "recoveries", "mean recovery"], ranking.Value.Operators.Append(ranking.Value.Unassigned).Select(one => new[]
                {
                    one.Operator ?? "(nobody)", Number(one.Counts.Answered), Number(one.Counts.Outbound), Number(one.InVain), Seconds(one.MeanTalk), Number(one.Recoveries), Seconds(one.MeanRecovery),
                }));
                Head(to, ranking);
                break;
            case FigureReport<IReadOnlyList<GroupFigures>> groups:
                Table.Print(to, ["name", .. CountsHead, "service level", "mean wait"], groups.Value.Select(group => (string?[])
                    [group.Name is null ? "(none)" : groups.Report == ReportName.Teams ? names.NameOf(group.Name) : group.Name, .. Cells(group.Counts), Percent(group.Level.Value), Seconds(group.MeanWait)]));
                Head(to, groups);
                break;
            case FigureReport<IReadOnlyList<Call>> missed:
                var zone = TimeZoneInfo.FindSystemTimeZoneById(missed.Zone);
                Table.Print(to, ["started", "customer", "line", "queue", "reason", "stands", "after"], missed.Value.Select(call => new[]
                {
                    $"{TimeZoneInfo.ConvertTime(call.StartedAt, zone):yyyy-MM-dd HH:mm:ss}", call.CustomerNumber, call.Line, call.Queue, call.MissedReason is { } reason ? Word(reason) : null, Word(call.Standing!.Value), Seconds(call.RecoverySeconds),
                }));
                Head(to, missed);
                break;
            default: throw new InvalidOperationException($"No table for {report.GetType()}.");
        }
    }

    /// <summary>The columns that a terminal has room for; all are in the JSON.</summary>
    static void Print(TextWriter to, Report report, ReportAnswer answer)
    {
        List<ReportAnswerColumn> shown = [.. report.Columns.Zip(answer.Columns).Where(pair => report.IsMain(pair.First)).Select(pair => pair.Second)];
        Table.Print(to, [report.Name[3..], .. shown.Select(column => column.Name.Replace('_', ' '))],
            answer.Rows.Select(row => (Name: row.Name ?? (row.Others ? "(others)" : "(none)"), row.Values)).Append((Name: "total", Values: answer.Total))
                .Select(row => (string?[])[row.Name, .. shown.Select(column => Cell(row.Values[column.Name], column.Unit))]));
        Head(to, answer.From, answer.To, answer.Zone, answer.LastEventAt, answer.Uncounted);

        static string? Cell(object? value, string unit) => value is null ? "-" : unit switch
        {
            "share" => Percent((double)value),
            "seconds" => Seconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    static void Head<T>(TextWriter to, FigureReport<T> report) => Head(to, report.From, report.To, report.Zone, report.LastEventAt, report.Uncounted);

    /// <summary>At the end, where it is read last: of when this is, and in which zone.</summary>
    static void Head(TextWriter to, DateOnly from, DateOnly until, string zone, DateTimeOffset? lastEventAt, long uncounted)
    {
        to.WriteLine($"{from:yyyy-MM-dd} to {until:yyyy-MM-dd}, days of {zone}; last event {lastEventAt?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never"}");
        if (uncounted > 0) to.WriteLine($"{uncounted} calls of the past are still being counted and may be missing");
    }

    static readonly string[] CountsHead = ["offered", "answered", "rate", "missed", "open", "recovered", "outbound"];

    static string?[] Cells(Counts counts) =>
        [Number(counts.Offered), Number(counts.Answered), Percent(counts.AnswerRate), Number(counts.Missed), Number(counts.Open), Number(counts.Recovered), Number(counts.Outbound)];

    static string Value(FigureLine figure) => figure.Unit switch
    {
        FigureUnit.Count => Number(figure.Value ?? 0),
        FigureUnit.Share => Percent(figure.Value),
        FigureUnit.Seconds => Seconds(figure.Value),
        _ => throw new InvalidOperationException($"No rule for {figure.Unit}."),
    };

    static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{value}").Replace('_', ' ');

    static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    static string Percent(double? value) => value is { } known ? $"{(known * 100).ToString("0.0", CultureInfo.InvariantCulture)} %" : "-";

    static string Seconds(double? value) => value is { } known ? $"{known.ToString("0.0", CultureInfo.InvariantCulture)} s" : "-";
}
