using System.Globalization;
using System.Text.Json;
using CallCenter.Telephony;
using CallCenter.Tests.Commands;

namespace CallCenter.Tests.Telephony;

public class ProviderDoctorTests
{
    public static TheoryData<string> Senders => [.. Catalogue.All.Values.OfType<IWebhookProvider>().Select(provider => provider.Info.Id).Where(id => Directory.Exists(Capture.Folder(id)))];

    [Theory, MemberData(nameof(Senders))]
    public void What_a_provider_says_it_can_tell_was_told_in_its_samples(string id)
    {
        var told = Sample.Names(id).SelectMany(name => new Sample(id, name).Translate()).SelectMany(translation => translation.Events).ToList();

        Assert.DoesNotContain(ProviderDoctor.CanSay(Catalogue.Find(id)), telling => !told.Exists(happened => ProviderDoctor.Says(happened, telling)));
    }

    public static TheoryData<string> Everybody => [.. Catalogue.All.Keys.Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Everybody))]
    public void Whatever_a_provider_could_say_and_does_not_has_a_remedy_of_its_own_and_its_page_says_the_same(string id)
    {
        var page = Plain(File.ReadAllText(Path.Combine(Capture.Folder(".."), "docs", "providers", $"{id}.md")));
        var able = ProviderDoctor.CanSay(Catalogue.Find(id)).ToList();
        foreach (var telling in Enum.GetValues<Telling>())
        {
            var (spanish, english) = (ProviderWords.Find(id, $"lack.{telling}", CultureInfo.GetCultureInfo("es")), ProviderWords.Find(id, $"lack.{telling}", CultureInfo.GetCultureInfo("en")));
            Assert.True(able.Contains(telling) == spanish is not null, $"{id}: lack.{telling} is {(spanish is null ? "missing" : "of what it cannot say")}");
            if (spanish is null) continue;
            Assert.True(spanish != english, $"{id}: lack.{telling} is not in English");
            Assert.True(page.Contains(Plain(english!), StringComparison.Ordinal), $"docs/providers/{id}.md does not say: {english}");
        }

        // Whatever stands between marks of code or emphasis.
        static string Plain(string text) => text.Replace("`", "", StringComparison.Ordinal).Replace("*", "", StringComparison.Ordinal);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_nobody_switched_on_is_missing_once_there_are_calls_enough(On database)
    {
        await using var house = await PhoneSystem.Reachable(database);
        var twilio = await PhoneSystem.Connect(house, "twilio");
        var doctor = house.Get<ProviderDoctor>();

        // As it is where nobody asked Twilio for more: of every leg its end only.
        for (var i = 0; i < ProviderDoctor.CallsMin - 1; i++) await Call(twilio, i, "completed");
        Assert.Equal((ProviderDoctor.CallsMin - 1, 0), await Found(doctor, twilio));

        await Call(twilio, ProviderDoctor.CallsMin, "completed");
        var checkup = await doctor.Examine(twilio.Connection);
        Assert.Equal(ProviderDoctor.CallsMin, checkup.Calls);
        Assert.Equal([Telling.Ringing, Telling.Answered, Telling.Queues, Telling.Holds, Telling.Recordings], checkup.Lacking);

        // What was found holds for a while; a doctor who has not looked yet sees what comes now.
        await Call(twilio, 1000, "ringing", "in-progress", "completed");
        Assert.Contains(Telling.Answered, (await doctor.Examine(twilio.Connection)).Lacking);
        var another = new ProviderDoctor(house.Switchboard, house.Log, TimeProvider.System);
        Assert.Equal([Telling.Queues, Telling.Holds, Telling.Recordings], (await another.Examine(twilio.Connection)).Lacking);

        var later = new ProviderDoctor(house.Switchboard, house.Log, new StandingClock(DateTimeOffset.UtcNow + ProviderDoctor.Recent + TimeSpan.FromHours(1)));
        Assert.Equal((0, 0), await Found(later, twilio));
    }

    [Fact]
    public async Task The_command_says_what_is_missing_and_what_to_do()
    {
        await using var house = await PhoneSystem.Reachable(On.Sqlite);
        var twilio = await PhoneSystem.Connect(house, "twilio");
        var (code, few, _) = await Cli.Run("connection", "doctor", twilio.Connection, "--database", house.Db.File);
        Assert.Equal((0, true), (code, few.Contains("0 calls ended in the last 14 days, too few", StringComparison.Ordinal)));
        for (var i = 0; i < ProviderDoctor.CallsMin; i++) await Call(twilio, i, "completed");

        (code, var told, _) = await Cli.Run("connection", "doctor", twilio.Connection, "--database", house.Db.File);
        Assert.Equal(0, code);
        Assert.Contains("Answered: none in the last 50 calls. Put this address as statusCallback of every <Number>, <Client> and <Sip>", told);

        (_, var json, _) = await Cli.Run("connection", "doctor", twilio.Connection, "--database", house.Db.File, "--json");
        var report = JsonSerializer.Deserialize<JsonElement>(json);
        Assert.Equal((50, "ringing"), (report.GetProperty("calls").GetInt32(), report.GetProperty("lacking")[0].GetProperty("what").GetString()));

        (code, _, var error) = await Cli.Run("connection", "doctor", "nobody", "--database", house.Db.File);
        Assert.Equal((1, true), (code, error.Contains("nobody", StringComparison.Ordinal)));
    }

    static async Task<(int, int)> Found(ProviderDoctor doctor, PhoneSystem system)
    {
        var found = await doctor.Examine(system.Connection);
        return (found.Calls, found.Lacking.Count);
    }

    /// <summary>A call that Lucía takes, with the callbacks of her telephone that were asked for.</summary>
    static async Task Call(PhoneSystem twilio, int number, params string[] callbacks)
    {
        var (call, at) = ($"CA{number:x32}", DateTimeOffset.UtcNow.AddHours(-1));
        (string, string)[] Of(string status, params (string, string)[] more) => [("CallStatus", status), ("From", "+525512345678"), .. more];
        (string, string)[] Told(int seconds) => [("CallbackSource", "call-progress-events"), ("Timestamp", at.AddSeconds(seconds).ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture))];
        await twilio.Post(twilio.Address, [("CallSid", call), ("Direction", "inbound"), ("To", "+528112345678"), .. Of("ringing")]);
        foreach (var status in callbacks)
            await twilio.Post(twilio.Address, [("CallSid", $"{call}b"), ("ParentCallSid", call), ("Direction", "outbound-dial"), ("To", "client:lucia"), .. Of(status), .. Told(20)]);
        await twilio.Post(twilio.Address, [("CallSid", call), ("Direction", "inbound"), ("To", "+528112345678"), .. Of("completed", ("CallDuration", "30")), .. Told(30)]);
    }
}
