namespace CallCenter.Tests.Commands;

public class UsageTests
{
    [Theory]
    [InlineData("--nonsense")]
    [InlineData("serve --public-url nowhere")]
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
