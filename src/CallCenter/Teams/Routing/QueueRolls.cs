using System.Text.Json;
using CallCenter.Storage;
using CallCenter.Telephony;

namespace CallCenter.Teams.Routing;

/// <summary>An order that a phone system did not take, in its own words.</summary>
sealed record QueueRefusal(string Queue, QueueStep Step, string Member, string Said);

/// <summary>What is known of the queues of a phone system.</summary>
/// <param name="HeardAt">When it was last another than before.</param>
sealed record HeardRoll(DateTimeOffset HeardAt, IReadOnlyList<QueueSeat> Seats, IReadOnlyList<QueueRefusal> Refusals)
{
    public QueueRoll Roll => new(IsWhole: true, Seats);
}

/// <summary>Keeps what <see cref="QueueKeeper"/> hears, so that every node can show it, also while the link is down.</summary>
sealed class QueueRolls(Db db)
{
    /// <summary>Heard after a change here; other nodes look again when they are asked.</summary>
    public event Action? Changed;

    /// <summary>Null when its queues were never listed.</summary>
    public Task<HeardRoll?> Find(string connection, CancellationToken stop = default) => db.Read(async tx =>
    {
        HeardRoll? found = null;
        await tx.QueryMany("select heard_at, seats, refusals from queue_rolls where connection = @connection", ["connection"], [[connection]], (_, row) => found = new HeardRoll(
            DateTimeOffset.FromUnixTimeMilliseconds(row.Long(0)), JsonSerializer.Deserialize<List<QueueSeat>>(row.Text(1))!, JsonSerializer.Deserialize<List<QueueRefusal>>(row.Text(2))!));
        return found;
    }, stop);

    public async Task Keep(string connection, HeardRoll heard, CancellationToken stop = default)
    {
        await db.Write(tx => tx.RunMany(
            "insert into queue_rolls (connection, heard_at, seats, refusals) values (@connection, @at, @seats, @refusals) on conflict (connection) do update set heard_at = excluded.heard_at, seats = excluded.seats, refusals = excluded.refusals",
            ["connection", "at", "seats", "refusals"], [[connection, heard.HeardAt.ToUnixTimeMilliseconds(), JsonSerializer.Serialize(heard.Seats), JsonSerializer.Serialize(heard.Refusals)]]), stop);
        Changed?.Invoke();
    }
}
