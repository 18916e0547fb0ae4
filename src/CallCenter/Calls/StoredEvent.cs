using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>A fact as it will be written. Prepared by whoever brings it, so that the one writer has less to do.</summary>
/// <param name="Identity">Short and the same whenever the fact is told.</param>
sealed record ToldEvent(string Identity, CallEvent Event, string Body)
{
    const int IdentityBytes = 15, IdentityOnStackMax = 1024;

    public StoredEvent Stored => new(Identity, Event);

    public static ToldEvent Of(CallEvent happened) => new(IdentityOf(happened), AsRead(happened), JsonSerializer.Serialize(happened, CallJson.Options));

    /// <summary>What a reader of the store would be given: so it makes no difference to the fold who has it at hand.</summary>
    static CallEvent AsRead(CallEvent happened)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(happened.At.ToUnixTimeMilliseconds());
        return happened.ToldAs is null && happened.At.Ticks == at.Ticks ? happened : happened with { At = at, ToldAs = null };
    }

    static string IdentityOf(CallEvent happened)
    {
        var text = happened.Identity;
        var length = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> bytes = length <= IdentityOnStackMax ? stackalloc byte[IdentityOnStackMax] : new byte[length], hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text, bytes)], hash);
        return Convert.ToBase64String(hash[..IdentityBytes]);
    }

    public object?[] RowOf(long call) => [call, Identity, Event.At.ToUnixTimeMilliseconds(), Event.Order, Body];
}

/// <summary>A fact as the log has it: what it was told as is in its identity alone.</summary>
readonly record struct StoredEvent(string Identity, CallEvent Event)
{
    /// <summary>Of two tellings with one identity, as the fold does.</summary>
    public const string KeepTheEarlier =
        """
        on conflict (call_id, identity) do update set at = excluded.at, ordinal = excluded.ordinal, body = excluded.body
        where excluded.at < call_events.at or (excluded.at = call_events.at and excluded.ordinal < call_events.ordinal)
        """;

    public static readonly Insertion Insertion = new("call_events", ["call_id", "identity", "at", "ordinal", "body"], KeepTheEarlier);

    public const string OfCall = "select identity, at, ordinal, body from call_events where call_id = @id";

    public static StoredEvent Read(CallKey key, IRow row) => new(row.Text(0), EventRow.ToEvent(key, row.Long(1), (int)row.Long(2), row.Text(3)));

    /// <summary>All facts of a call, and those of what was told that have to be written: none when it is all known.</summary>
    public static (List<StoredEvent> All, IReadOnlyCollection<ToldEvent> New) Add(IReadOnlyList<StoredEvent> known, IReadOnlyList<ToldEvent> told)
    {
        var all = new List<StoredEvent>(known);
        var isNew = new Dictionary<string, ToldEvent>();
        foreach (var happened in told)
        {
            var place = all.FindIndex(stored => stored.Identity == happened.Identity);
            if (place < 0) all.Add(happened.Stored);
            else if (CallFold.IsEarlier(happened.Event, all[place].Event)) all[place] = happened.Stored;
            else continue;
            isNew[happened.Identity] = happened;
        }

        return (all, isNew.Values);
    }
}

#pragma warning disable IDE1006 // columns keep their names
/// <summary>A row of <c>call_events</c>.</summary>
sealed class EventRow
{
    public long at { get; init; }
    public long ordinal { get; init; }
    public string body { get; init; } = "";

    public CallEvent ToEvent(CallKey key) => ToEvent(key, at, (int)ordinal, body);

    public static CallEvent ToEvent(CallKey key, long at, int ordinal, string body) =>
        JsonSerializer.Deserialize<CallEvent>(body, CallJson.Options)! with
        {
            Call = key,
            At = DateTimeOffset.FromUnixTimeMilliseconds(at),
            Order = ordinal,
        };
}
