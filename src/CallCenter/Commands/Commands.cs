using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using CallCenter.Storage;
using CallCenter.Telephony;

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
        yield return ReplayCommand.Make();
        yield return ReportCommand.Make();
        yield return VerifyCommand.Make();
        yield return RebuildCommand.Make();
        yield return BackupCommand.Make();
        yield return SimulateCommand.Make();
        yield return ImportCommand.Make();
        yield return CustomersCommand.Make();
        yield return ConnectionCommand.Make();
        yield return UserCommand.Make();
        yield return TeamCommand.Make();
        yield return KeyCommand.Make();
        yield return ProviderCommand.Make();
    }

    public static string DatabaseOf(string? given) =>
        given is { Length: > 0 } ? given : FromEnvironment("CALLCENTER_DATABASE") ?? Path.Combine("data", "callcenter.db");

    /// <summary>Null also where it is set to nothing.</summary>
    public static string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>What the program does when called with these words.</summary>
    public static async Task<int> Run(string[] words, InvocationConfiguration? where = null, CancellationToken stop = default)
    {
        var root = new RootCommand("WiseParts Call Center: follows every call of the phone system in real time.");
        foreach (var command in All()) root.Add(command);
        var parsed = root.Parse(words.Length == 0 ? ["serve"] : words);
        where ??= new InvocationConfiguration();
        if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(where, stop);

        // Wrong usage says what is wrong and how it is meant, and leaves standard output to results.
        await parsed.InvokeAsync(new InvocationConfiguration { Output = where.Error, Error = where.Error }, stop);
        return 2;
    }

    /// <summary>A setting of a connection, <c>--set key=value</c>, as often as needed.</summary>
    public static Option<Dictionary<string, string>> Settings() => new("--set")
    {
        Description = "A setting of the connection, key=value; may be given several times. 'callcenter provider list' names them",
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            var settings = new Dictionary<string, string>();
            foreach (var token in result.Tokens)
            {
                var equals = token.Value.IndexOf('=');
                if (equals > 0) settings[token.Value[..equals].Trim()] = token.Value[(equals + 1)..];
                else result.AddError($"--set needs key=value; '{token.Value}' is none");
            }

            return settings;
        },
    };

    /// <summary>A whole web address. System.CommandLine does not read one by itself.</summary>
    public static Option<Uri?> Url(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (IsWebAddress(result.Tokens[0].Value, out var url)) return url;
            result.AddError($"{name} needs a whole address that begins with http:// or https://; '{result.Tokens[0].Value}' is none");
            return null;
        },
    };

    public static bool IsWebAddress(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && url is { Scheme: "http" or "https" };

    /// <summary>Which phone system, by name or id.</summary>
    public static Option<string> ConnectionNamed() => new("--connection") { Description = "The phone system's connection, by name or id", Required = true };

    /// <summary>From when on something holds; nothing is now, "always" is from the beginning.</summary>
    public static Option<DateTimeOffset?> When() => Instant("--at",
        "From when on, ISO 8601 with an offset such as 2026-05-04T00:00:00Z, or 'always'. Default: now. Calls since then are judged again", mayBeAlways: true);

    /// <summary>A moment, written so that nobody has to guess the zone.</summary>
    public static Option<DateTimeOffset?> Instant(string name, string description, bool mayBeAlways = false) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (mayBeAlways && text == "always") return DateTimeOffset.MinValue;
            string[] forms = ["yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz"];
            if (DateTimeOffset.TryParseExact(text, forms, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at)) return at;
            result.AddError($"{name} needs an instant with an offset{(mayBeAlways ? ", or 'always'; '" + text + "' is neither" : "; '" + text + "' is none")}");
            return null;
        },
    };

    public static Option<bool> AsJson() => new("--json") { Description = "Print JSON, and nothing else, on standard output" };

    /// <summary>Runs a command's work; a person's mistake and a database that refuses become one clear line, never a stack trace.</summary>
    public static async Task<int> Guard(ParseResult parsed, Func<Task<int>> work)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            return await work();
        }
        catch (Refusal refusal)
        {
            await error.WriteLineAsync($"callcenter: {Sentences.Of(refusal)}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (IntakeUnavailableException e)
        {
            await error.WriteLineAsync($"callcenter: {e.Message}{(e.InnerException is { } why ? ": " + why.Message : "")}");
            return 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"callcenter: {e.Message}");
            return 1;
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            await error.WriteLineAsync($"callcenter: the database cannot be used: {e.Message}");
            return 1;
        }
    }
}
