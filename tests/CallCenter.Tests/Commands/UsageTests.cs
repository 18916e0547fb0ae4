using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CallCenter.Tests.Commands;

public class UsageTests
{
    [Theory]
    [InlineData("--nonsense")]
    [InlineData("serve --public-url nowhere")]
    [InlineData("serve --urls nowhere")]
    [InlineData("serve --urls http://256.1.1.1:5260")]
    [InlineData("serve --urls http://localhost:5260 http://calls.example.com:5260")]
    [InlineData("serve --webhook-urls ftp://localhost:5260")]
    [InlineData("serve --trusted-proxy proxy.example.com")]
    [InlineData("connection")]
    [InlineData("connection add --name only")]
    [InlineData("connection add --provider x --name y --set without-equals")]
    [InlineData("connection add --provider x --name y --state Sleeping")]
    public async Task Wrong_usage_is_2_and_leaves_standard_output_empty(string words)
    {
        var (code, output, error) = await Cli.Run(words.Split(' '));
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task A_refused_request_is_1_and_one_line_without_a_stack_trace()
    {
        using var folder = new Cli.TempFolder();
        var (code, output, error) = await Cli.Run("connection", "add", "--provider", "abacus", "--name", "x", "--database", folder.Database);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("there is no provider 'abacus'", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_in_one_line()
    {
        using var folder = new Cli.TempFolder();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";
        var (code, output, error) = await Cli.Run("serve", "--urls", url, "--database", folder.Database);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains($"cannot listen: Failed to bind to address {url}", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1", "the database cannot be used")]
    [InlineData("Host=127.0.0.1;Nonsense=1", "no PostgreSQL connection string")]
    [InlineData("Host=127.0.0.1;Port=many", "no PostgreSQL connection string")]
    [InlineData("/dev/null/calls.db", "/dev/null")]
    [InlineData("/proc/calls.db", "unable to open database file")]
    public async Task A_database_that_cannot_be_used_is_told_in_one_line(string database, string sentence)
    {
        foreach (var command in (string[][])[["serve"], ["connection", "add", "--provider", "simulator", "--name", "x"]])
        {
            var (code, output, error) = await Cli.Run([.. command, "--database", database]);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains(sentence, error);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task A_PostgreSQL_that_lets_us_not_in_is_told_in_one_line()
    {
        var known = new NpgsqlConnectionStringBuilder(await TestPostgres.NewDatabase());
        foreach (var wrong in (string[])[new NpgsqlConnectionStringBuilder(known.ConnectionString) { Database = "nobodys" }.ConnectionString,
            new NpgsqlConnectionStringBuilder(known.ConnectionString) { Username = "nobody" }.ConnectionString])
        {
            var (code, output, error) = await Cli.Run("verify", "--database", wrong);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains("nobody", error);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task A_mistyped_database_is_not_created()
    {
        using var folder = new Cli.TempFolder();
        var (code, _, error) = await Cli.Run("connection", "list", "--database", folder.Database);
        Assert.Equal(1, code);
        Assert.Contains("there is no database", error);
        Assert.False(File.Exists(folder.Database));
    }

    [Fact]
    public async Task Every_command_explains_itself()
    {
        var (code, output, _) = await Cli.Run("--help");
        Assert.Equal(0, code);
        foreach (var command in CallCenter.Commands.Commands.All())
        {
            Assert.Contains(command.Name, output);
            var help = await Cli.Run(command.Name, "--help");
            Assert.Equal(0, help.Code);
            Assert.Contains("Usage:", help.Output);
        }
    }
}
