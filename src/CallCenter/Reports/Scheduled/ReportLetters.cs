using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Figures.Pages;
using CallCenter.Mail;
using CallCenter.Reports.Pages;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Reports.Scheduled;

/// <summary>Writes a report to one of our people: what he may see now, in his language, by his clock.</summary>
sealed class ReportLetters(ReportDesk desk, MorningBrief brief, Personnel personnel, IPhoneSystems phones, IStringLocalizer<Words> words, ServerOptions options)
{
    /// <summary>Mail servers take no larger letters.</summary>
    public const int FileMax = 10 * 1024 * 1024;

    /// <exception cref="Refusal">The reader is here no more, or may not take reports away any more; or the report cannot be read so.</exception>
    public async Task<Letter> Write(ReportSchedule schedule, ReportSend send, TimeZoneInfo zone, CancellationToken stop)
    {
        if (personnel.Now.People.GetValueOrDefault(send.Reader) is not { MaySignIn: true } person) throw new Refusal(RefusalKind.Forbidden, "schedule.gone");
        var rights = personnel.RightsOf(send.Reader);
        if (!rights.SchedulesReports) throw new Refusal(RefusalKind.Forbidden, "schedule.reader", person.Name);

        // Holds for what is awaited from here on, and ends with this method.
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(person.Language);
        var filter = schedule.Conditions.Of(new FigurePeriod(zone, send.First, send.Last), rights.Calls);
        var report = Report.Find(schedule.Report);
        var title = words.TitleOf(report);
        (string Text, Attachment? File) said = report is null ? await brief.Write(rights, filter, stop) : await Write(report, schedule.Format, rights, filter, stop);
        var (text, file) = said;
        if (file!.Content.Length > FileMax) (text, file) = ($"{text}\r\n{words["El archivo es demasiado grande para un correo. Descárguelo desde el enlace."]}\r\n", null);
        var days = FigureWords.Days(filter.Period);
        return new Letter(person.Email, words["letter.report.subject", VisibleText.Line(schedule.Name, ReportSchedule.NameMax), title, days], words["letter.report", person.Name, title, days, zone.Id, text, options.Absolute("informes/programados")], file);
    }

    /// <summary>The total in words, and where it can be looked at; all rows are in the file.</summary>
    async Task<(string Text, Attachment File)> Write(Report report, ReportFormat format, Rights rights, FigureFilter filter, CancellationToken stop)
    {
        var table = await desk.Read(report, rights.Calls, filter, FigureRules.Default, stop: stop);
        var text = new StringBuilder();
        foreach (var column in report.Columns.Where(report.IsMain)) text.Append(CultureInfo.CurrentCulture, $"{words.TitleOf(column)}: {ReportWords.Say(column.Of(table.Total), column.Kind, table.Currency)}\r\n");
        var address = new ReportAddress { Report = report, FirstDay = filter.Period.First, LastDay = filter.Period.Last, Team = filter.Teams?[0], Line = filter.Line, Operator = filter.Operator, OnlyNotRecovered = filter.Recovery is not null };
        text.Append("\r\n").Append(options.Absolute(address.ToString().TrimStart('/'))).Append("\r\n");

        using var content = new MemoryStream();
        var file = new ReportFile(words, phones, personnel);
        if (format == ReportFormat.Csv) await file.WriteCsv(content, table, stop);
        else await file.WriteWorkbook(content, table, stop);
        var (kind, type) = format == ReportFormat.Csv ? ("csv", "text/csv") : ("xlsx", ReportFile.WorkbookType);
        return (text.ToString(), new Attachment(ReportFile.NameOf(table, kind), type, content.ToArray()));
    }
}
