using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Figures;
using CallCenter.Figures.Pages;
using CallCenter.Mail;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Reports.Scheduled;

/// <summary>
/// What a manager wants to know before the day begins (product.md B 21): what is left of yesterday and what it may cost, whom to call first,
/// where people were missing, which numbers nobody knows, and whether any news was lost. All that waits is on a spreadsheet with it.
/// </summary>
sealed class MorningBrief(
    Db db, FigureDesk figures, StaffingDesk staffing, CaseList cases, NumberBook numbers, Gaps gaps, ICustomerNames names, IPhoneSystems phones, Personnel personnel, IStringLocalizer<Words> words, ServerOptions options, TimeProvider clock)
{
    const int FirstToCall = 5;

    /// <summary>On the spreadsheet.</summary>
    const int CasesMax = 5000;

    const int ShortShown = 8;

    /// <summary>In the culture of whoever runs it.</summary>
    public async Task<(string Text, Attachment File)> Write(Rights reader, FigureFilter filter, CancellationToken stop)
    {
        var (scope, whose, period) = (reader.Calls, CaseScope.Of(reader), filter.Period);
        var (zone, now) = (period.Zone, clock.GetUtcNow());
        var (text, asked) = (new StringBuilder(), new CaseFilter(Team: filter.Teams?[0], Line: filter.Line));
        void Line(string line) => text.Append(line).Append("\r\n");
        void Head(string title)
        {
            Line("");
            Line(title);
        }

        var day = (await figures.Summary(scope, filter, FigureRules.Default, stop)).Value;
        var currency = (await db.Read(RecoverySettings.Read, stop)).Currency;
        Line(words["brief.day", FigureWords.Days(period), Show.Count(day.Counts.Offered), FigureWords.Percent(day.Counts.AnswerRate), Show.Count(day.Counts.Missed), Show.Count(day.Counts.Open)]);

        var open = await All(whose, asked, stop);
        Line(words["brief.open", Show.Count(open.Count), Show.Money(open.Sum(one => one.Value.Cents), currency), Show.Count(open.Count(one => one.Case.DueAt < now))]);
        if (open.Count > 0)
        {
            Head(words["Primero, llame a:"]);
            var called = await names.Of(open.Take(FirstToCall).Select(one => one.Last), stop);
            foreach (var one in open.Take(FirstToCall)) Line($"  {words["brief.call", Party(one, called), one.Case.Misses, Local(one.Case.LastMissedAt), Show.Money(one.Value.Cents, currency)]}");
        }

        if (!scope.IsOwnOnly)
        {
            var missing = (await staffing.Read(scope, filter, staffing.TargetOf(filter), stop: stop)).Where(half => half.IsShort).OrderByDescending(half => half.Missed).ToList();
            if (missing.Count > 0)
            {
                Head(words["Faltó gente:"]);
                foreach (var half in missing.Take(ShortShown))
                    Line($"  {words["brief.short", half.Time.ToString("HH:mm", CultureInfo.InvariantCulture), half.Needed!.People, half.Present!.Value.ToString("0.#", CultureInfo.CurrentCulture), Show.Count(half.Missed)]}");
                if (missing.Count > ShortShown) Line($"  {words["brief.more", missing.Count - ShortShown]}");
            }
        }

        var unknown = (await numbers.Unmatched(scope, period.From, stop)).Count;
        var lost = await gaps.Unfilled(period.From, period.Until, stop: stop);
        if (unknown > 0 || lost.Count > 0) Head(words["Además:"]);
        if (unknown > 0) Line($"  {words["brief.unknown", Show.Count(unknown), options.Absolute("configuracion/numeros")]}");
        foreach (var gap in lost) Line($"  {words["brief.gap", VisibleText.Line(phones.NameOf(gap.Connection), 60), Local(gap.From), gap.Until is { } until ? Local(until) : "…"]}");

        Head(words["brief.links", options.Absolute("por-devolver"), options.Absolute(new Pages.ReportAddress { FirstDay = period.First, LastDay = period.Last, Team = filter.Teams?[0], Line = filter.Line }.ToString().TrimStart('/'))]);
        return (text.ToString(), new Attachment($"{words["por-devolver"].Value}-{LocalDay.Of(now, zone):yyyyMMdd}.xlsx", ReportFile.WorkbookType, await Workbook(open, currency, zone, stop)));

        string Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone).ToString("d MMM HH:mm", CultureInfo.CurrentCulture);
        string Party(CaseItem one, IReadOnlyDictionary<long, string> known) => words.PartyOf(one.Last, known, phones.HomeCountry(one.Last.Connection));
    }

    /// <summary>Those with most at stake first.</summary>
    async Task<List<CaseItem>> All(CaseScope whose, CaseFilter asked, CancellationToken stop)
    {
        var all = new List<CaseItem>();
        while (all.Count < CasesMax && (await cases.List(whose, asked, CaseOrder.Priority, CaseList.PageMax, all.Count, stop)).Cases is { Count: > 0 } page) all.AddRange(page);
        return all;
    }

    async Task<byte[]> Workbook(List<CaseItem> open, string currency, TimeZoneInfo zone, CancellationToken stop)
    {
        using var file = new MemoryStream();
        await using (var book = await Xlsx.Begin(file, stop))
        {
            await book.Sheet(words["Por devolver"],
            [
                (words["Cliente"], 30), (words["Número"], 18), (words["Línea"], 16), (words["Equipo"], 20), (words["Dueño"], 24), (words["Llamadas perdidas"], 10), (words["Última llamada"], 20), (words["Vence"], 20),
                (words["Intentos"], 10), ($"{words["En juego"]} ({currency})", 12),
            ]);
            var known = await names.Of(open.Select(one => one.Last), stop);
            foreach (var one in open)
                await book.Row(
                [
                    known.NameOf(one.Last), one.Last.CustomerNumber, one.Last.Line, one.Last.Team is { } team ? personnel.NameOf(team) : null, one.Case.Owner is { } owner ? personnel.Now.People.GetValueOrDefault(owner)?.Name : null,
                    one.Case.Misses, TimeZoneInfo.ConvertTime(one.Case.LastMissedAt, zone).DateTime, one.Case.DueAt is { } due ? TimeZoneInfo.ConvertTime(due, zone).DateTime : null, one.Case.Attempts, one.Value.Cents / 100m,
                ]);
            await book.Finish();
        }

        return file.ToArray();
    }
}
