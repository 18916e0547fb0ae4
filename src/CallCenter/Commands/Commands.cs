using System.CommandLine;
using CallCenter.Storage;

namespace CallCenter.Commands;

/// <summary>The command line, an interface that scripts rely on: exit code 0 success, 1 refused or failed, 2 wrong usage.</summary>
static class Commands
{
    /// <summary>Where everything is kept: a file, or PostgreSQL by connection string. <c>CALLCENTER_DATABASE</c> says the same.</summary>
    public static Option<string?> Database() => new("--database")
    {
        Description = "A SQLite file or a PostgreSQL connection string (\"Host=...\"); also CALLCENTER_DATABASE. Default: data/callcenter.db",
    };

    public static IEnumerable<Command> All()
    {
        yield return ServeCommand.Make();
    }

    public static string DatabaseOf(string? given) =>
        given ?? Environment.GetEnvironmentVariable("CALLCENTER_DATABASE") ?? Path.Combine("data", "callcenter.db");

    /// <summary>Runs a command's work; a person's mistake and a database that refuses become one clear line, never a stack trace.</summary>
    public static async Task<int> Guard(Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (Refusal refusal)
        {
            await Console.Error.WriteLineAsync($"callcenter: {Sentences.Of(refusal)}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            await Console.Error.WriteLineAsync($"callcenter: the database cannot be used: {e.Message}");
            return 1;
        }
    }
}

/// <summary>What a refusal says on the command line, in English; screens say it in the reader's language.</summary>
static class Sentences
{
    public static string Of(Refusal refusal) => refusal.Code switch
    {
        "provider.unknown" => $"there is no provider '{refusal.Arguments[0]}'; known are: {refusal.Arguments[1]}",
        "connection.unknown" => $"there is no connection '{refusal.Arguments[0]}'",
        "connection.setting-missing" => $"the setting '{refusal.Arguments[0]}' is missing; give it with --set {refusal.Arguments[0]}=...",
        "connection.unknown-zone" => $"'{refusal.Arguments[0]}' is no IANA time zone, such as Europe/Madrid",
        "storage.not-durable" => $"the database may lose commits in a power cut ({refusal.Arguments[0]}); set it to on, or start with --allow-data-loss",
        "storage.sqlite-too-old" => $"SQLite {refusal.Arguments[0]} can corrupt its file; 3.51.3 or later is needed",
        "storage.postgres-too-old" => "PostgreSQL 15 or later is needed",
        _ => refusal.Message,
    };
}
