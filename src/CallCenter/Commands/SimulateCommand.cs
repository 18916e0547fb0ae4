using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Simulation;

namespace CallCenter.Commands;

/// <summary><c>callcenter simulate</c>: plays the calls of an invented parts seller against any running server, over HTTP and signed.</summary>
static class SimulateCommand
{
    const double RateMax = 6000;

    /// <summary>So many people that calls find somebody at this rate, at about three minutes a call.</summary>
    const double PeoplePerCallAMinute = 5;

    public static Command Make()
    {
        var url = Commands.Url("--url", "The webhook address of a connection of provider 'simulator', e.g. http://localhost:5260/webhooks/simulator-0123456789ab");
        url.Required = true;
        var secret = new Option<string>("--secret") { Description = "Its secret, as 'callcenter connection add --provider simulator' printed it", Required = true };
        var rate = new Option<double>("--rate") { Description = "Calls a minute", DefaultValueFactory = _ => 6, CustomParser = ReadRate };
        var seed = new Option<int?>("--seed") { Description = "The same number plays the same calls. Default: different every time" };
        var duration = new Option<TimeSpan?>("--duration") { Description = "How long: 90s, 10m, 2h. Default: until Ctrl+C. Calls in progress are hung up at the end", CustomParser = ReadDuration };
        var json = Commands.AsJson();

        var command = new Command("simulate", "Plays invented calls against a running server, for trials and load") { url, secret, rate, seed, duration, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, () => Run(
            parsed.GetValue(url)!, parsed.GetValue(secret)!, parsed.GetValue(rate), parsed.GetValue(seed) ?? Random.Shared.Next(), parsed.GetValue(duration),
            parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop)));
        return command;
    }

    static async Task<int> Run(Uri url, string secret, double rate, int seed, TimeSpan? duration, bool json, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var clock = TimeProvider.System;
        using var courier = new Courier(url, secret, clock);
        var from = clock.GetUtcNow();
        var run = string.Create(CultureInfo.InvariantCulture, $"{from:yyMMddHHmmss}-{seed:x}");
        var company = new PartsSeller((int)Math.Ceiling(rate * PeoplePerCallAMinute));
        var live = new LiveTraffic(new Traffic(company, seed, run).From(from, _ => rate, alwaysOpen: true), new Disorder(new Random(seed)), async (told, token) =>
        {
            if (!await courier.Bring(told, token) && courier.Done.Sent == 0) throw new Refusal(RefusalKind.Unavailable, "simulate.unreachable", url.GetLeftPart(UriPartial.Authority));
        }, clock);
        await error.WriteLineAsync($"Playing {rate:0.##} calls a minute against {url.GetLeftPart(UriPartial.Authority)}, seed {seed}; Ctrl+C hangs up and ends");

        var took = Stopwatch.StartNew();
        await live.Play(duration is { } given ? from + given : DateTimeOffset.MaxValue, hangsUp: true, stop);
        var (sent, repeated, failed) = courier.Done;
        await output.WriteLineAsync(json
            ? JsonSerializer.Serialize(new { live.Calls, Messages = sent, Retries = repeated, Failed = failed, Seconds = Math.Round(took.Elapsed.TotalSeconds, 1), Seed = seed }, CallJson.Options)
            : $"{live.Calls} calls, {sent} messages taken, {repeated} tried again, {failed} given up, in {took.Elapsed.TotalSeconds:0} s");
        return failed == 0 ? 0 : 1;
    }

    static double ReadRate(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) && rate is > 0 and <= RateMax) return rate;
        result.AddError($"'{text}' is no number of calls a minute up to {RateMax}");
        return 0;
    }

    static TimeSpan? ReadDuration(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var unit = text.Length > 1 ? char.ToLowerInvariant(text[^1]) switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        if (unit > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && count is > 0 and < 10_000)
            return TimeSpan.FromSeconds(count * unit);
        result.AddError($"'{text}' is no duration; write 90s, 10m or 2h");
        return null;
    }
}
