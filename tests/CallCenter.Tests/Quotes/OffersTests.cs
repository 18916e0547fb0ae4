using System.Net;
using System.Text.RegularExpressions;
using CallCenter.Audit;
using CallCenter.Mail;
using CallCenter.Quotes;
using CallCenter.Tests.Mail;

namespace CallCenter.Tests.Quotes;

public sealed class OffersTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_secret_link_shows_a_quote_without_a_session_takes_one_answer_to_what_was_seen_and_can_be_withdrawn(On database)
    {
        await using var house = await WebHouse.Open(database);
        await house.Get<CallCenter.Teams.Users>().Add(new CallCenter.Teams.NewPerson("ana@example.com", "Ana", [CallCenter.Teams.Role.Operator]), "un caballo correcto", CallCenter.Teams.Authority.Console);
        var (desk, offers) = (house.Get<QuoteDesk>(), house.Get<Offers>());
        var draft = await desk.Draft(new SaleHead(RequestedBy: "Taller <b>Sol</b>"), null, Actor.Console);
        Assert.Equal("quote.not-told", (await Assert.ThrowsAsync<Refusal>(() => offers.Make(draft.Id, Actor.Console))).Code);
        await desk.Save(draft.Id, draft.Content, draft.Content with { Head = draft.Head with { Note = "margen 40" }, Lines = [new QuoteLine { Reference = "FS-101", UnitPrice = new Money(8_50), Quantity = 2, TaxPercent = 21 }] }, Actor.Console);
        await desk.Present(draft.Id, null, Actor.Console);
        var (first, second) = ((await offers.Make(draft.Id, Actor.Console)).Address.AbsolutePath, (await offers.Make(draft.Id, Actor.Console)).Address.AbsolutePath);

        Assert.True(first.Length > 60 && first != second);
        Assert.Equal(0, await house.Db.Read(tx => tx.One<long>("select count(*) from quote_offers where hash like @part", new { part = $"%{first[^20..]}%" })));
        using var customer = house.NewClient(cookies: true);
        using var answer = await customer.GetAsync(first);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.CacheControl!.NoStore));
        Assert.Contains("P-", page, StringComparison.Ordinal);
        Assert.Contains("20,57", page, StringComparison.Ordinal);
        Assert.Contains("Taller &lt;b&gt;Sol", page, StringComparison.Ordinal);
        Assert.DoesNotContain("margen 40", page, StringComparison.Ordinal);
        Assert.True((await offers.Of(draft.Id)).SeenAt is not null);

        // Another token of the same length, a shorter one, one with a letter changed: nothing is told apart.
        foreach (var wrong in (string[])[$"/oferta/{new string('a', 64)}", "/oferta/abc", first[..^1] + (first[^1] == 'a' ? 'b' : 'a')])
            Assert.Contains("Este enlace ya no sirve", await Read(customer, wrong), StringComparison.Ordinal);

        // What he accepts is what he saw: changed meanwhile, it is shown anew.
        var changed = await desk.Reopen(draft.Id, Actor.Console);
        Assert.Contains("se está revisando", await Read(customer, first), StringComparison.Ordinal);
        await desk.Save(draft.Id, changed.Content, changed.Content with { Lines = [changed.Lines[0] with { Quantity = 3 }] }, Actor.Console);
        await desk.Present(draft.Id, null, Actor.Console);
        Assert.Contains("ha cambiado mientras tanto", await Post(customer, first, "accept", page), StringComparison.Ordinal);
        Assert.Equal(QuoteStatus.Sent, (await Found(house, draft.Id)).Status);

        page = await Read(customer, first);
        Assert.Contains("Ha rechazado este presupuesto.", await Post(customer, first, "reject", page, ("Reason", "LeadTime")), StringComparison.Ordinal);
        var rejected = await Found(house, draft.Id);
        Assert.Equal((QuoteStatus.Rejected, RejectReason.LeadTime), (rejected.Status, rejected.Reason));
        Assert.Equal("customer", (await house.Get<AuditLog>().List(new AuditFilter(Subject: $"quote:{draft.Id}"), 1))[0].Actor.Id);
        Assert.DoesNotContain("name=\"Seen\"", await Read(customer, second), StringComparison.Ordinal);

        await offers.Revoke(draft.Id, Actor.Console);
        Assert.Contains("Este enlace ya no sirve", await Read(customer, second), StringComparison.Ordinal);
        Assert.Equal(0, (await offers.Of(draft.Id)).Count);

        // Who tries many is made to wait.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i => (await house.Client.GetAsync($"/oferta/{i:x64}")).StatusCode));
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public async Task A_quote_goes_by_mail_with_a_link_that_opens_it()
    {
        await using var smtp = new FakeSmtp();
        await using var house = await WebHouse.Open(with: options => options with { Mail = new MailOptions(smtp.Address, "Recambios <ventas@example.com>"), PublicUrl = new Uri("https://quotes.example.com/cc/") });
        var (desk, offers) = (house.Get<QuoteDesk>(), house.Get<Offers>());
        var draft = await desk.Draft(new SaleHead(), null, Actor.Console);
        await desk.Save(draft.Id, draft.Content, draft.Content with { Lines = [new QuoteLine { Reference = "FS-101", UnitPrice = new Money(8_50) }] }, Actor.Console);
        await desk.Present(draft.Id, null, Actor.Console);
        Assert.Equal("customer.email", (await Assert.ThrowsAsync<Refusal>(() => offers.Mail(draft.Id, "nobody\r\nBcc: all@example.com", (_, _) => ("", ""), null, Actor.Console))).Code);
        var made = await offers.Mail(draft.Id, "taller@example.com", (quote, offer) => ($"Presupuesto {quote.Number}", $"Aquí: {offer.Address}"), null, Actor.Console);
        Assert.StartsWith("https://quotes.example.com/cc/oferta/", made.Address.AbsoluteUri, StringComparison.Ordinal);
        var letter = await smtp.Next();
        Assert.Equal("taller@example.com", Assert.Single(letter.To.Mailboxes).Address);
        Assert.Contains(made.Address.AbsoluteUri, letter.TextBody, StringComparison.Ordinal);
        Assert.NotNull(await offers.Find(made.Address.Segments[^1]));
    }

    static Task<Quote> Found(WebHouse house, long id) => house.Db.Read(tx => QuoteBook.Get(tx, id));

    static async Task<string> Post(HttpClient client, string address, string form, string page, params (string Name, string Value)[] more)
    {
        string Value(string name) => Regex.Match(page, $"name=\"{name}\"[^>]*value=\"([^\"]*)\"").Groups[1].Value;
        using var content = new FormUrlEncodedContent([
            new("_handler", form), new("__RequestVerificationToken", Value("__RequestVerificationToken")), new("Seen", Value("Seen")), .. more.Select(one => KeyValuePair.Create(one.Name, one.Value))]);
        using var answer = await client.PostAsync(address, content);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    static async Task<string> Read(HttpClient client, string address) => WebUtility.HtmlDecode(await client.GetStringAsync(address));
}
