using System.Text.Json;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Commands;

public sealed class ImportTests
{
    static readonly string Session = Path.Combine(Capture.Folder("asterisk"), "queue_overflow");

    [Fact]
    public async Task Importing_a_folder_adds_its_calls_once_and_says_so()
    {
        using var folder = new Cli.TempFolder();
        await AddConnection(folder);

        var (code, output, error) = await Cli.Run("import", "--connection", "Central", Session, "--database", folder.Database, "--json");
        Assert.Equal((0, ""), (code, error));
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(2, report.GetProperty("added").GetInt32());
        Assert.Equal(["cdr", "queue_log"], report.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("kind").GetString()));

        (code, output, _) = await Cli.Run("import", "--connection", "central", Session, "--database", folder.Database);
        Assert.Equal(0, code);
        Assert.Contains("2 calls: 0 added, 0 mended, 2 known as they are", output);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_and_changes_nothing()
    {
        using var folder = new Cli.TempFolder();
        await AddConnection(folder);
        for (var i = 0; i < 2; i++)
        {
            var (code, output, _) = await Cli.Run("import", "--connection", "Central", Session, "--database", folder.Database, "--dry-run");
            Assert.Equal(0, code);
            Assert.Contains("2 would be added", output);
        }
    }

    [Fact]
    public async Task With_bad_lines_nothing_is_imported_unless_they_are_to_be_left_out()
    {
        using var folder = new Cli.TempFolder();
        await AddConnection(folder);
        var file = Path.Combine(folder.Path, "queue_log");
        await File.WriteAllTextAsync(file, "1795448052|1795448052.137|ventas|NONE|ENTERQUEUE||+543814752445|1\n1795448058|17954480\n1795448066|1795448052.137|ventas|NONE|ABANDON|1|1|14\n");

        var (code, output, error) = await Cli.Run("import", "--connection", "Central", file, "--database", folder.Database);
        Assert.Equal(1, code);
        Assert.Contains($"{file}:2: is not second|call|queue|member|event", output);
        Assert.Contains("0 calls: 0 added", output);
        Assert.Contains("nothing was imported", error);

        (code, output, _) = await Cli.Run("import", "--connection", "Central", file, "--database", folder.Database, "--skip-bad-lines");
        Assert.Equal(0, code);
        Assert.Contains("1 calls: 1 added", output);
    }

    [Fact]
    public async Task What_cannot_be_imported_is_refused_in_one_sentence()
    {
        using var folder = new Cli.TempFolder();
        await AddConnection(folder);
        foreach (var (words, sentence) in new (string[], string)[]
        {
            (["--connection", "other", Session], "there is no connection 'other'"),
            (["--connection", "Central", Path.Combine(folder.Path, "none")], "there is no queue_log and no CDR file"),
            (["--connection", "Twilio", Session], "the provider 'twilio' writes no records"),
        })
        {
            var (code, output, error) = await Cli.Run(["import", .. words, "--database", folder.Database]);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains(sentence, error);
        }

        Assert.Equal(2, (await Cli.Run("import", Session)).Code);
    }

    static async Task AddConnection(Cli.TempFolder folder)
    {
        Assert.Equal(0, (await Cli.Run("connection", "add", "--provider", "asterisk", "--name", "Central", "--set", "host=127.0.0.1", "--set", "username=u",
            "--set", "secret=s", "--set", "country=AR", "--set", "trunks=troncal-sip", "--state", "Paused", "--database", folder.Database)).Code);
        Assert.Equal(0, (await Cli.Run("connection", "add", "--provider", "twilio", "--name", "Twilio", "--set", "account_sid=AC1", "--set", "auth_token=t",
            "--database", folder.Database)).Code);
    }
}
