using System.IO.Compression;
using CallCenter.Audit;
using CallCenter.Mail;
using CallCenter.Reports.Scheduled;
using CallCenter.Teams;
using CallCenter.Tests.Mail;
using MimeKit;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Reports;

/// <summary>Reports by mail, through a mail server on loopback.</summary>
public sealed class ReportSenderTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Each_reader_gets_what_he_may_see_himself_in_his_language_and_by_his_clock_when_it_is_his_turn(On database)
    {
        await using var smtp = new FakeSmtp();
        await using var house = await WebHouse.Open(database, options => options with { Mail = new MailOptions(smtp.Address, "Central <calls@example.com>"), PublicUrl = new Uri("https://calls.example.com") });
        // Evening, so that it is past eight of the same day with either reader.
        var (now, evening) = (DateTimeOffset.UtcNow, TimeSpan.FromHours(20));
        house.Clock.Ahead = evening - now.TimeOfDay + (now.TimeOfDay < evening ? TimeSpan.Zero : TimeSpan.FromDays(1));
        var (jefa, north) = await Staff(house);
        var (schedules, sender, yesterday) = (house.Get<ReportSchedules>(), house.Get<ReportSender>(), LocalDay.Of(house.Clock.GetUtcNow(), Madrid).AddDays(-1));
        var noon = LocalDay.At(yesterday, new(12, 0), Madrid);
        await house.Hear(
        [
            .. Told("n-1", noon, 60, outbound: false, answered: true, "612345678", line: "910000001"), .. Told("n-2", noon.AddMinutes(5), 20, outbound: false, answered: false, "612345679", line: "910000001"),
            .. Told("s-1", noon, 60, outbound: false, answered: true, "612345670", line: "910000002", extension: "202"),
        ]);

        // The manager of one team sees its calls only; the other sees all of them, in English and by other clocks.
        var saved = await schedules.Save(
            new(0, "Líneas", "by-line", new(), new(Rhythm.Daily, 1, new(8, 0)), ReportFormat.Csv, [jefa.Id, north.Id], true, "", default), jefa.Authority);
        Assert.Equal(0, await sender.Run()); // it is nobody's turn
        await house.Db.Write(tx => tx.Run("update report_readers set next_at = next_at - 86400000"));
        await sender.Run();
        var letters = new[] { await smtp.Next(), await smtp.Next() }.ToDictionary(letter => letter.To.Mailboxes.Single().Address);
        Assert.Equal(["910 00 00 01,2,1", "910 00 00 02,1,1", "Total,3,2"], Rows(letters["jefa@example.com"]));
        Assert.Equal(["910 00 00 01,2,1", "Total,2,1"], Rows(letters["north@example.com"]));
        Assert.Contains("Recibidas: 3", letters["jefa@example.com"].TextBody, StringComparison.Ordinal);
        Assert.Contains("Received: 2", letters["north@example.com"].TextBody, StringComparison.Ordinal);
        Assert.Contains($"https://calls.example.com/informes?desde={yesterday:yyyy-MM-dd}", letters["jefa@example.com"].TextBody, StringComparison.Ordinal);
        Assert.Contains("# Zona horaria,Europe/Madrid", Text(letters["jefa@example.com"]), StringComparison.Ordinal);
        Assert.Contains("# Time zone,America/Argentina/Buenos_Aires", Text(letters["north@example.com"]), StringComparison.Ordinal);

        // Not twice, and the next turns are tomorrow at eight of each.
        Assert.Equal(0, await sender.Run());
        Assert.Equal(2, (await schedules.History(saved.Id, jefa.Authority.Rights)).Count(send => send.SentAt is not null));
        var turns = await house.Db.Read(tx => tx.List<long>("select next_at from report_readers order by next_at"));
        Assert.Equal([8, 8], turns.Zip((TimeZoneInfo[])[Madrid, BuenosAires]).Select(turn => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(turn.First), turn.Second).Hour));

        // Who may export no more, or is here no more, gets nothing, and whoever made it sees why.
        await house.Get<Users>().Block(north.Id, Authority.Console);
        await schedules.SendNow(saved.Id, jefa.Authority);
        await Until(async () => (await schedules.History(saved.Id, jefa.Authority.Rights)).Take(2).All(send => send.NextTry is null));
        var history = await schedules.History(saved.Id, jefa.Authority.Rights);
        Assert.Equal("schedule.gone", history.Take(2).Single(send => send.SentAt is null).Fault);
        Assert.Equal("jefa@example.com", (await smtp.Next()).To.Mailboxes.Single().Address);

        Assert.Equal("schedule.unknown", (await Assert.ThrowsAsync<Refusal>(() => schedules.Remove(saved.Id, north.Authority))).Code);
        await schedules.Remove(saved.Id, jefa.Authority);
        Assert.Empty(await schedules.All(jefa.Authority.Rights));
        Assert.Equal(["report.schedule-removed", "report.schedule-made"], (await house.Get<AuditLog>().List(new AuditFilter(Subject: $"report-schedule:{saved.Id}"))).Select(line => line.Action));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_a_mail_server_refuses_is_tried_again_and_then_given_up_with_its_words(On database)
    {
        await using var smtp = new FakeSmtp { Refusals = 2 };
        await using var house = await WebHouse.Open(database, options => options with { Mail = new MailOptions(smtp.Address, "Central <calls@example.com>") });
        var (jefa, _) = await Staff(house);
        var (schedules, sender) = (house.Get<ReportSchedules>(), house.Get<ReportSender>());
        var saved = await schedules.Save(new(0, "Líneas", "by-line", new(), new(Rhythm.Weekly, 1, new(8, 0)), ReportFormat.Xlsx, [jefa.Id], true, "", default), jefa.Authority);
        await schedules.SendNow(saved.Id, jefa.Authority);
        async Task<ReportSend> Send() => Assert.Single(await schedules.History(saved.Id, jefa.Authority.Rights));
        await Until(async () => (await Send()).Tries == 1);
        Assert.True(await Send() is { NextTry: { } next, Fault.Length: > 0 } && next > DateTimeOffset.UtcNow.AddMinutes(1));
        for (var tries = 2; tries <= 3; tries++)
        {
            await house.Db.Write(tx => tx.Run("update report_sends set next_try = 1"));
            await sender.Run();
            await Until(async () => (await Send()).Tries == tries);
        }

        Assert.True(await Send() is { SentAt: not null, NextTry: null, Fault: null });
        var letter = await smtp.Next();
        using var book = new ZipArchive(new MemoryStream(Content(letter)));
        Assert.NotNull(book.GetEntry("xl/worksheets/sheet1.xml"));

        smtp.Refusals = ReportSender.TriesMax;
        await schedules.SendNow(saved.Id, jefa.Authority);
        for (var tries = 1; tries <= ReportSender.TriesMax; tries++)
        {
            await Until(async () => (await schedules.History(saved.Id, jefa.Authority.Rights))[0].Tries == tries);
            await house.Db.Write(tx => tx.Run("update report_sends set next_try = 1 where next_try is not null"));
            await sender.Run();
        }

        Assert.True((await schedules.History(saved.Id, jefa.Authority.Rights))[0] is { SentAt: null, NextTry: null, Fault.Length: > 0 });
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_morning_brief_says_what_is_left_of_yesterday_whom_to_call_and_where_people_were_missing(On database)
    {
        await using var smtp = new FakeSmtp();
        await using var house = await WebHouse.Open(database, options => options with { Mail = new MailOptions(smtp.Address, "Central <calls@example.com>") });
        var (jefa, _) = await Staff(house);
        var noon = LocalDay.At(LocalDay.Of(DateTimeOffset.UtcNow, Madrid).AddDays(-1), new(12, 0), Madrid);
        await house.Hear([.. Enumerable.Range(0, 12).SelectMany(i => Told($"a-{i}", noon.AddMinutes(i), 300, outbound: false, answered: true, "612345678", line: "910000001")), .. Told("m", noon.AddMinutes(9), 20, outbound: false, answered: false, "612345679", line: "910000001")]);
        // One was there for the first half hour.
        await house.Db.Write(tx => tx.Run("insert into presence_log (user_id, since, until, state) values (@Id, @since, @until, 'Available')",
            new { jefa.Id, since = noon.ToUnixTimeMilliseconds(), until = noon.AddMinutes(30).ToUnixTimeMilliseconds() }));
        await house.Db.Write(tx => tx.Run("insert into gaps (connection, began_at, ended_at, reason, lost) values ('test', @since, @until, 'Link', 0)", new { since = noon.ToUnixTimeMilliseconds(), until = noon.AddMinutes(5).ToUnixTimeMilliseconds() }));

        var schedules = house.Get<ReportSchedules>();
        var saved = await schedules.Save(new(0, "Buenos días", ReportSchedule.Brief, new(), new(Rhythm.Daily, 1, new(8, 0)), ReportFormat.Xlsx, [jefa.Id], true, "", default), jefa.Authority);
        await schedules.SendNow(saved.Id, jefa.Authority);
        var letter = await smtp.Next();
        foreach (var said in (string[])["13 recibidas", "1 perdidas; de ellas 1 sin recuperar", "Por devolver ahora: 1", "612 34 56 79: 1 perdidas", "12:00: hacían falta 4 personas, hubo 1; 1 perdidas", "Sin noticias de test", "2 números que no son de nadie"])
            Assert.Contains(said, letter.TextBody, StringComparison.Ordinal);
        using var book = new ZipArchive(new MemoryStream(Content(letter)));
        using var sheet = new StreamReader(await book.GetEntry("xl/worksheets/sheet1.xml")!.OpenAsync());
        Assert.Contains("+34612345679", await sheet.ReadToEndAsync(), StringComparison.Ordinal);
    }

    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid"), BuenosAires = TimeZoneInfo.FindSystemTimeZoneById("America/Argentina/Buenos_Aires");

    sealed record Member(string Id, Authority Authority);

    /// <summary>One who sees all, and the manager of the team of line 910000001.</summary>
    static async Task<(Member Jefa, Member North)> Staff(WebHouse house)
    {
        var (users, teams) = (house.Get<Users>(), house.Get<TeamBook>());
        async Task<Member> Add(string name, string language, string zone, params Role[] roles)
        {
            var id = (await users.Add(new NewPerson($"{name.ToLowerInvariant()}@example.com", name, roles, Language: language, TimeZone: zone), null, Authority.Console)).Id;
            return new(id, new Authority(Actor.User(id, name), house.Get<Personnel>().RightsOf(id)));
        }

        var (jefa, north) = (await Add("Jefa", "es", "Europe/Madrid", Role.Manager, Role.Operator), await Add("North", "en", "America/Argentina/Buenos_Aires", Role.Manager));
        var team = (await teams.Add("Norte", TeamType.CallCenter, Authority.Console)).Id;
        await teams.GiveLine(team, "test", LineKind.Line, "910000001", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        await teams.AddMember(team, north.Id, DateTimeOffset.MinValue, Authority.Console);
        return (jefa, north with { Authority = north.Authority with { Rights = house.Get<Personnel>().RightsOf(north.Id) } });
    }

    static async Task Until(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await isSo()) return;
            await Task.Delay(50);
        }

        Assert.Fail("It did not come to that.");
    }

    static byte[] Content(MimeMessage letter)
    {
        using var content = new MemoryStream();
        ((MimePart)letter.Attachments.Single()).Content!.DecodeTo(content);
        return content.ToArray();
    }

    static string Text(MimeMessage letter) => System.Text.Encoding.UTF8.GetString(Content(letter)).TrimStart('\uFEFF');

    /// <summary>The first columns of the rows beneath the titles.</summary>
    static IEnumerable<string> Rows(MimeMessage letter) => Text(letter).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
        .SkipWhile(line => line.TrimStart('"').StartsWith("# ", StringComparison.Ordinal)).Skip(1).Select(line => string.Join(',', line.Split(',').Take(3)));
}
