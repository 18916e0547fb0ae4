using System.Collections.Concurrent;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Counts arrivals that were refused before they were read, and keeps a row for the first of each second and reason, so
/// that a stranger cannot fill the disk by knocking and whoever mends one fault is told of the next at once. The rest of the
/// second is added to the count when it is over.
/// </summary>
sealed class RejectedArrivals(Db db, ILogger<RejectedArrivals> logger)
{
    /// <summary>Why something was refused, as it is kept; the screens have a sentence for each that names the fix.</summary>
    public const string WrongSignature = "signature", NoSignature = "no-signature", ContentType = "content-type", TooLarge = "too-large";

    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, Tally> tallies = [];

    /// <summary>Heard after a refusal was kept, with the connection.</summary>
    public event Action<string>? Kept;

    /// <summary>Refused since the start.</summary>
    public long Count(string connection) => tallies.GetValueOrDefault(connection)?.Count ?? 0;

    public void Note(string connection, DateTimeOffset at, string why)
    {
        if (tallies.GetOrAdd(connection, _ => new Tally()).Add(at.ToUnixTimeSeconds(), why)) _ = Keep(connection, at, why);
    }

    async Task Keep(string connection, DateTimeOffset at, string why)
    {
        try
        {
            await db.Write(async tx =>
            {
                await tx.Run(
                    """
                    insert into arrivals (connection, received_at, method, url, headers, body, verdict, reason)
                    values (@connection, @at, '', '', '{}', @body, 'Rejected', @why)
                    """, new { connection, at = at.ToUnixTimeMilliseconds(), body = Array.Empty<byte>(), why });
                await ArrivalCount.Add(tx, [(connection, at, Verdict.Rejected)]);
                tx.Announce(() => Kept?.Invoke(connection));
            });
            await Task.Delay(Second);
            if (tallies[connection].TakeFurther() is > 0 and var further)
                await db.Write(async tx =>
                {
                    await ArrivalCount.Add(tx, [(connection, at, Verdict.Rejected)], by: further);
                    tx.Announce(() => Kept?.Invoke(connection));
                });
        }
        catch (Exception e)
        {
            logger.LogWarning("A rejected arrival could not be noted: {Reason}", e.Message);
        }
    }

    sealed class Tally
    {
        readonly Lock turn = new();
        readonly HashSet<string> told = [];
        long second, count;
        int further;

        public long Count => Interlocked.Read(ref count);

        /// <summary>True for the first of its second and reason.</summary>
        public bool Add(long at, string why)
        {
            lock (turn)
            {
                count++;
                if (at != second)
                {
                    second = at;
                    told.Clear();
                }

                if (told.Add(why)) return true;
                further++;
                return false;
            }
        }

        public int TakeFurther()
        {
            lock (turn)
            {
                var taken = further;
                further = 0;
                return taken;
            }
        }
    }
}
