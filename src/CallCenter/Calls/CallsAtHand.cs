namespace CallCenter.Calls;

/// <summary>A call in progress as it was last saved.</summary>
/// <param name="Row">As <see cref="CallRow.Values"/> says it.</param>
sealed record CallAtHand(Call Call, object?[] Row, IReadOnlyList<StoredEvent> Events);

/// <summary>
/// Calls in progress as this process last saved them, so that news of one need not read all that was told before. Whether
/// that still holds is seen from the call's version, which every change by anybody makes another.
/// </summary>
sealed class CallsAtHand
{
    const int CallsMax = 4096;

    readonly Dictionary<long, CallAtHand> calls = [];
    readonly Lock turn = new();

    public CallAtHand? Find(long id, long version)
    {
        lock (turn) return calls.TryGetValue(id, out var known) && known.Call.Version == version ? known : null;
    }

    /// <summary>To be called after the commit: what was rolled back was never true.</summary>
    public void Keep(IEnumerable<CallAtHand> saved)
    {
        lock (turn)
        {
            foreach (var known in saved)
                if (known.Call.EndedAt is not null) calls.Remove(known.Call.Id);
                else
                {
                    if (calls.Count >= CallsMax) calls.Clear();
                    calls[known.Call.Id] = known;
                }
        }
    }
}
