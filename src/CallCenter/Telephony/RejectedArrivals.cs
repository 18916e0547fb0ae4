using System.Collections.Concurrent;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Counts arrivals that were refused before they were read, and keeps a row for the first of each second, so that a
/// stranger cannot fill the disk by knocking.
/// </summary>
sealed class RejectedArrivals(Db db, ILogger<RejectedArrivals> logger)
{
    readonly ConcurrentDictionary<string, (long Second, long Count)> counts = [];

    /// <summary>Refused since the start.</summary>
    public long Count(string connection) => counts.GetValueOrDefault(connection).Count;

    public void Note(string connection, DateTimeOffset at, string why)
    {
        var second = at.ToUnixTimeSeconds();
        var isFirst = false;
        counts.AddOrUpdate(connection, _ =>
        {
            isFirst = true;
            return (second, 1);
        }, (_, before) =>
        {
            isFirst = before.Second != second;
            return (second, before.Count + 1);
        });
        if (isFirst) _ = Keep(connection, at, why);
    }

    async Task Keep(string connection, DateTimeOffset at, string why)
    {
        try
        {
            await db.Write(tx => tx.Run(
                """
                insert into arrivals (connection, received_at, method, url, headers, body, verdict, reason)
                values (@connection, @at, '', '', '{}', @body, 'Rejected', @why)
                """, new { connection, at = at.ToUnixTimeMilliseconds(), body = Array.Empty<byte>(), why }));
        }
        catch (Exception e)
        {
            logger.LogWarning("A rejected arrival could not be noted: {Reason}", e.Message);
        }
    }
}
