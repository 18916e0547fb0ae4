using System.Text.Json;
using CallCenter.Tests.Calls;
using CallCenter.Tests.Telephony;
using CallCenter.Web;

namespace CallCenter.Tests.Commands;

/// <summary>The commands that keep a database well, on a database that a server is using.</summary>
public class KeepingTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Verify_is_0_when_all_is_well_and_1_with_what_is_wrong_otherwise(On database)
    {
        await using var house = await WebHouse.Open(database);
        await house.Hear(CallLogTests.Answered("c-1", Noon));
        var place = house.Get<ServerOptions>().Database;

        var (code, output, _) = await Cli.Run("verify", "--json", "--database", place);
        Assert.Equal(0, code);
        Assert.Equal((true, 1), (Read(output).GetProperty("ok").GetBoolean(), Read(output).GetProperty("calls").GetInt32()));

        await house.Db.Write(tx => tx.Run("update calls set state = 'Queued'"));
        (code, output, _) = await Cli.Run("verify", "--json", "--database", place);
        Assert.Equal(1, code);
        var finding = Assert.Single(Read(output).GetProperty("findings").EnumerateArray());
        Assert.Equal("call-differs", finding.GetProperty("code").GetString());
        Assert.Contains("state", finding.GetProperty("detail").GetString());

        (code, output, _) = await Cli.Run("rebuild", "--json", "--database", place);
        Assert.Equal((0, 1), (code, Read(output).GetProperty("changed").GetInt32()));
        Assert.Equal(0, (await Cli.Run("verify", "--database", place)).Code);
    }

    [Fact]
    public async Task A_damaged_file_is_found()
    {
        using var folder = new Cli.TempFolder();
        await Cli.Run("replay", Path.Combine(Capture.Folder("asterisk"), "load_200"), "--provider", "asterisk", "--set", "country=AR", "--database", folder.Database);
        Assert.Equal(0, (await Cli.Run("verify", "--database", folder.Database)).Code);

        // An index entry that says something else than its row.
        var bytes = await File.ReadAllBytesAsync(folder.Database);
        var damaged = Enumerable.Range(0, bytes.Length / 4096).Last(page => bytes[page * 4096] == 10 && ContentOf(page * 4096) is > 0 and < 2900);
        int ContentOf(int page) => bytes[page + 5] << 8 | bytes[page + 6]; // where the entries of an index page begin
        Array.Fill(bytes, (byte)'x', damaged * 4096 + 3000, 1000);
        await File.WriteAllBytesAsync(folder.Database, bytes);
        var (code, output, error) = await Cli.Run("verify", "--database", folder.Database);
        Assert.Equal(1, code);
        Assert.Matches("damaged|malformed", output + error);
    }

    [Fact]
    public async Task A_backup_is_whole_while_the_server_writes_and_refuses_to_overwrite()
    {
        await using var house = await WebHouse.Open();
        using var folder = new Cli.TempFolder();
        var place = house.Get<ServerOptions>().Database;
        await house.Hear(CallLogTests.Answered("before", Noon));

        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++) await house.Hear(CallLogTests.Answered($"c-{i}", Noon.AddSeconds(i)));
        });
        var file = Path.Combine(folder.Path, "copy.db");
        var (code, _, error) = await Cli.Run("backup", file, "--database", place);
        await stop.CancelAsync();
        await writing;
        Assert.True(code == 0, error);

        var (verified, output, _) = await Cli.Run("verify", "--json", "--database", file);
        Assert.Equal(0, verified);
        Assert.True(Read(output).GetProperty("calls").GetInt32() >= 1);
        (code, _, error) = await Cli.Run("backup", file, "--database", place);
        Assert.Equal(1, code);
        Assert.Contains("already", error);
        Assert.Equal(1, (await Cli.Run("backup", Path.Combine(folder.Path, "none", "copy.db"), "--database", place)).Code);
        Assert.Equal(1, (await Cli.Run("backup", file + "2", "--database", "Host=127.0.0.1;Port=1")).Code);
    }

    [Fact]
    public async Task A_connection_made_by_a_script_says_where_its_webhooks_go_and_its_secret()
    {
        using var folder = new Cli.TempFolder();
        var (code, output, error) = await Cli.Run("connection", "add", "--provider", "twilio", "--name", "Central", "--set", "auth_token=0123456789abcdef", "--set", "country=ES", "--json", "--database", folder.Database);
        Assert.True(code == 0, error);
        var added = Read(output);
        var id = added.GetProperty("id").GetString()!;
        Assert.Equal($"/webhooks/{id}", added.GetProperty("webhook_path").GetString());
        Assert.Equal("0123456789abcdef", added.GetProperty("secrets").GetProperty("auth_token").GetString());

        (_, output, _) = await Cli.Run("connection", "list", "--json", "--database", folder.Database);
        Assert.DoesNotContain("0123456789abcdef", output);
        Assert.Equal("active", Assert.Single(Read(output).EnumerateArray()).GetProperty("state").GetString());

        Assert.Equal(0, (await Cli.Run("connection", "pause", id, "--database", folder.Database)).Code);
        (_, output, _) = await Cli.Run("connection", "rotate", id, "--json", "--database", folder.Database);
        Assert.NotEqual("0123456789abcdef", Read(output).GetProperty("secret").GetString());
        Assert.Equal("paused", Read(output).GetProperty("state").GetString());
        Assert.Equal(0, (await Cli.Run("connection", "activate", id, "--database", folder.Database)).Code);
        Assert.Equal(0, (await Cli.Run("connection", "remove", id, "--database", folder.Database)).Code);
        Assert.Equal(1, (await Cli.Run("connection", "remove", id, "--database", folder.Database)).Code);
    }

    [Fact]
    public async Task Providers_name_their_settings()
    {
        var (code, output, _) = await Cli.Run("provider", "list", "--json");
        Assert.Equal(0, code);
        var asterisk = Read(output).EnumerateArray().Single(provider => provider.GetProperty("id").GetString() == "asterisk");
        Assert.Equal("direct", asterisk.GetProperty("kind").GetString());
        Assert.Contains(asterisk.GetProperty("settings").EnumerateArray(), setting => setting.GetProperty("secret").GetBoolean());
        Assert.Contains("asterisk", (await Cli.Run("provider", "list")).Output);
    }

    static JsonElement Read(string json) => JsonDocument.Parse(json).RootElement;
}
