using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace CallCenter.Telephony;

/// <summary>
/// What a phone system once sent, in a file of one JSON object a line, plain or gzipped: a stream (<c>ami.jsonl</c>:
/// <c>{t, conn, raw}</c>; <c>esl.jsonl</c>: <c>{t, head, body}</c> or <c>{t, event}</c>; both: <c>{t, conn, mark}</c>) or
/// webhook deliveries (<c>*.requests.jsonl</c>: <c>{received_at, method, path, query, headers, body}</c>). Everything else
/// in a capture's folder is not read.
/// </summary>
/// <param name="Path">Of the file.</param>
/// <param name="IsStream">Read it with <see cref="Stream"/>; otherwise with <see cref="Arrivals"/>.</param>
sealed record Recording(string Path, bool IsStream)
{
    /// <summary>Of several that one folder has of the same session, the first is read.</summary>
    static readonly string[] StreamNames = ["ami.jsonl", "esl.jsonl", "esl.plain.jsonl", "esl.json.jsonl"];

    /// <summary>All recordings in these files and folders, folders with all beneath them, in the order of their paths.</summary>
    /// <exception cref="Refusal">A path does not exist or holds no recording.</exception>
    public static IReadOnlyList<Recording> Find(params IEnumerable<string> paths)
    {
        var found = new List<Recording>();
        foreach (var path in paths)
        {
            List<Recording> here = Directory.Exists(path)
                ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(OfFile).OfType<Recording>()]
                : File.Exists(path) ? [OfFile(path) ?? OfContent(path)] : [];
            if (here.Count == 0) throw new Refusal(RefusalKind.NotFound, "recording.none", path);
            found.AddRange(here);
        }

        return found;
    }

    static Recording? OfFile(string file)
    {
        var name = System.IO.Path.GetFileName(file);
        var place = Array.IndexOf(StreamNames, name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name);
        if (place >= 0) return IsFirst(file, place) ? new(file, IsStream: true) : null;
        return name.EndsWith(".requests.jsonl", StringComparison.Ordinal) || name.EndsWith(".requests.jsonl.gz", StringComparison.Ordinal)
            ? new(file, IsStream: false)
            : null;
    }

    static bool IsFirst(string file, int place)
    {
        var folder = System.IO.Path.GetDirectoryName(file)!;
        var kind = StreamNames[place][..4];
        var better = StreamNames[..place].Where(name => name.StartsWith(kind, StringComparison.Ordinal)).Select(name => System.IO.Path.Combine(folder, name));
        return !(file.EndsWith(".gz", StringComparison.Ordinal) && File.Exists(file[..^3])) && !better.Any(other => File.Exists(other) || File.Exists(other + ".gz"));
    }

    /// <summary>A file that a person named, whatever it is called.</summary>
    static Recording OfContent(string file)
    {
        var recording = new Recording(file, IsStream: false);
        var first = recording.Lines(line => line.Clone()).FirstOrDefault();
        return first.ValueKind == JsonValueKind.Object && first.TryGetProperty("t", out _) ? recording with { IsStream = true }
            : first.ValueKind == JsonValueKind.Object && first.TryGetProperty("received_at", out _) ? recording
            : throw new Refusal(RefusalKind.Invalid, "recording.none", file);
    }

    /// <summary>The messages of a direct connection and the ups and downs of its links, in order.</summary>
    public IEnumerable<StreamItem> Stream()
    {
        var link = 1;
        return Lines(line =>
        {
            var at = InstantOf(line.GetProperty("t").GetDecimal());
            if (line.TryGetProperty("conn", out var number)) link = number.GetInt32();
            if (MessageOf(line) is { } message) return new StreamItem(at, link, StreamMark.Message, message);
            return new StreamItem(at, link, line.GetProperty("mark").GetString() == "connected" ? StreamMark.Connected : StreamMark.Lost, default);
        });
    }

    static byte[]? MessageOf(JsonElement line)
    {
        if (line.TryGetProperty("raw", out var raw)) return Encoding.UTF8.GetBytes(raw.GetString()!);
        if (line.TryGetProperty("head", out var head)) return Encoding.UTF8.GetBytes(head.GetString() + TextOf(line, "body"));
        if (!line.TryGetProperty("event", out var json)) return null;
        var body = Encoding.UTF8.GetBytes(json.GetRawText());
        return [.. Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\nContent-Type: text/event-json\n\n"), .. body];
    }

    /// <summary>The deliveries, in the order in which they were recorded.</summary>
    public IEnumerable<Arrival> Arrivals(string connection) => Lines(line => new Arrival(
        connection,
        line.GetProperty("received_at").ValueKind == JsonValueKind.Number
            ? InstantOf(line.GetProperty("received_at").GetDecimal())
            : DateTimeOffset.Parse(TextOf(line, "received_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
        TextOf(line, "method") is { Length: > 0 } method ? method : "POST",
        TextOf(line, "path") + (TextOf(line, "query") is { Length: > 0 } query ? "?" + query.TrimStart('?') : ""),
        HeadersOf(line),
        Encoding.UTF8.GetBytes(TextOf(line, "body"))));

    IEnumerable<T> Lines<T>(Func<JsonElement, T> read)
    {
        using var file = File.OpenRead(Path);
        using Stream content = Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(content, Encoding.UTF8);
        for (var number = 1; ReadLine(reader, number) is { } line; number++)
            if (line.Length > 0)
                yield return Read(line, number, read);
    }

    string? ReadLine(StreamReader reader, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException)
        {
            throw new Refusal(RefusalKind.Invalid, "recording.damaged", Path, number);
        }
    }

    T Read<T>(string line, int number, Func<JsonElement, T> read)
    {
        try
        {
            using var parsed = JsonDocument.Parse(line);
            return read(parsed.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new Refusal(RefusalKind.Invalid, "recording.damaged", Path, number);
        }
    }

    /// <summary>Unix seconds with fractions, to the millisecond.</summary>
    static DateTimeOffset InstantOf(decimal seconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));

    static string TextOf(JsonElement line, string name) => !line.TryGetProperty(name, out var value) ? "" : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };

    static IReadOnlyDictionary<string, string> HeadersOf(JsonElement line)
    {
        if (!line.TryGetProperty("headers", out var given) || given.ValueKind != JsonValueKind.Object) return Arrival.NoHeaders;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in given.EnumerateObject()) headers[header.Name] = TextOf(given, header.Name);
        return headers;
    }
}
