namespace CallCenter.Live;

/// <summary>
/// Gives those who ask the same at about the same time one reading. When something happens all open screens look at once; what they see is then read once
/// for all of them.
/// </summary>
/// <param name="sharedFor">After so long what was read is too old for who asks now.</param>
/// <param name="atOnce">So many are read at a time; the others wait for room.</param>
sealed class SharedReadings<TKey, T>(TimeSpan sharedFor, TimeProvider clock, int atOnce = int.MaxValue) where TKey : notnull
{
    readonly Lock turn = new();
    readonly SemaphoreSlim room = new(atOnce);
    readonly Dictionary<TKey, Reading> readings = [];

    /// <param name="read">Given when it begins. Nobody who loses patience stops it.</param>
    public Task<T> Read(TKey key, Func<DateTimeOffset, Task<T>> read)
    {
        lock (turn)
        {
            var now = clock.GetUtcNow();
            foreach (var old in readings.Where(one => now - one.Value.BegunAt > sharedFor || one.Value.Result.IsFaulted).Select(one => one.Key).ToList()) readings.Remove(old);
            if (readings.TryGetValue(key, out var known)) return known.Result;
            var reading = readings[key] = new Reading();
            return reading.Result = Begin(reading, read);
        }
    }

    /// <summary>Who asks from now on gets nothing that was read before.</summary>
    public void Forget()
    {
        lock (turn) readings.Clear();
    }

    async Task<T> Begin(Reading reading, Func<DateTimeOffset, Task<T>> read)
    {
        await Task.Yield(); // not within the turn
        await room.WaitAsync();
        try
        {
            var now = clock.GetUtcNow();
            lock (turn) reading.BegunAt = now;
            return await read(now);
        }
        finally
        {
            room.Release();
        }
    }

    sealed class Reading
    {
        /// <summary>Later than ever while it waits for room: what it will see is as new as can be.</summary>
        public DateTimeOffset BegunAt { get; set; } = DateTimeOffset.MaxValue;

        public Task<T> Result { get; set; } = null!;
    }
}
