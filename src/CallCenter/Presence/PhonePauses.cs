using System.Collections.Concurrent;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;

namespace CallCenter.Presence;

/// <summary>
/// How people stand here and in the queues of their phone systems agrees: the newest word wins, wherever it was said. On the node that keeps the line, because
/// it hears the phone system; what people say on other nodes it reads.
/// </summary>
/// <remarks>
/// What is equal is never told, so nothing echoes. Who opens a screen has said nothing of a pause, so a pause of his telephone holds. What a phone system
/// says after a lost link is as old as the loss: who paused or came back here meanwhile is the newer word.
/// </remarks>
sealed class PhonePauses(DirectLines lines, CallControl control, Personnel personnel, PresenceBook book, TimeProvider clock, ILogger<PhonePauses> logger) : BackgroundService
{
    /// <summary>A phone system that was told something says so itself within this time.</summary>
    static readonly TimeSpan EchoWithin = TimeSpan.FromSeconds(5);

    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<(string Connection, string Member), MemberWord> words = [];

    /// <summary>What was told to phone systems and not heard back yet; more than one where somebody changed his mind.</summary>
    readonly ConcurrentDictionary<(string Connection, string Member), List<(bool IsPaused, DateTimeOffset At)>> told = [];

    readonly ConcurrentDictionary<(string Connection, string Member), PersonPresence> tried = [];
    readonly SemaphoreSlim wake = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lines.MemberSaid += Hear;
        book.Changed += Look;
        try
        {
            while (true)
            {
                await wake.WaitAsync(stoppingToken);
                try
                {
                    await Agree(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning("Pauses could not be brought to agree, trying again: {Reason}", e.Message);
                    await Task.Delay(RetryAfter, clock, stoppingToken);
                    Wake();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            lines.MemberSaid -= Hear;
            book.Changed -= Look;
        }
    }

    void Hear(string connection, MemberWord word)
    {
        var key = (connection, word.Member);
        if (word.IsPaused is not { } isPaused) words.TryRemove(key, out _);
        else if (words.TryGetValue(key, out var known) && (known.IsPaused, known.Reason) == (word.IsPaused, word.Reason)) tried.TryRemove(key, out _); // the link is new, and what was said stays as old as it is
        else if (!IsOvertaken(key, isPaused)) words[key] = word;
        Wake();
    }

    /// <summary>It answers something that we told and have taken back since.</summary>
    bool IsOvertaken((string, string) key, bool isPaused)
    {
        if (!told.TryGetValue(key, out var waiting)) return false;
        lock (waiting)
        {
            waiting.RemoveAll(one => clock.GetUtcNow() - one.At > EchoWithin);
            var at = waiting.FindIndex(one => one.IsPaused == isPaused);
            if (at < 0) return false;
            waiting.RemoveRange(0, at + 1);
            return waiting.Count > 0;
        }
    }

    void Look(string? whose) => Wake();

    void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Will be looked at already.
        }
    }

    async Task Agree(CancellationToken stop)
    {
        if (words.IsEmpty) return;
        // Who has no screen open is not there, whatever his telephone does.
        var there = (await book.There(stop)).ToDictionary(one => one.User);
        foreach (var ((connection, member), word) in words)
            if (personnel.Now.UserOf(connection, word.Extension, clock.GetUtcNow()) is { } user && there.TryGetValue(user, out var stands))
                if (await Agree(connection, member, word, stands, stop) is { } changed) there[user] = changed;
    }

    /// <returns>How he stands now, where that changed.</returns>
    async Task<PersonPresence?> Agree(string connection, string member, MemberWord word, PersonPresence stands, CancellationToken stop)
    {
        var isPaused = word.IsPaused == true;
        PauseReason? reason = isPaused && word.Reason is not null ? PauseWords.Read(word.Reason) : null;
        if (isPaused == (stands.State == PresenceState.Paused) && (reason is null || reason == stands.Reason)) return null;
        if (word.At >= stands.Since || stands.State == PresenceState.Available && await book.HasJustCome(stands, stop))
            return isPaused ? await book.Pause(stands.User, reason ?? PauseReason.Other, stop) : await book.Resume(stands.User, stop);

        var key = (connection, member);
        if (tried.GetValueOrDefault(key) is { } before && before with { SeenAt = stands.SeenAt } == stands) return null;
        tried[key] = stands;
        var shall = stands.State == PresenceState.Paused;
        var waiting = told.GetOrAdd(key, _ => []);
        lock (waiting) waiting.Add((shall, clock.GetUtcNow()));
        var answer = await control.TellPause(connection, member, shall, stands.Reason is { } why ? PauseWords.Write(why) : "", stop);
        if (answer is { Fate: OrderFate.Taken }) words.TryUpdate(key, word with { IsPaused = shall, Reason = word.Reason is null && isPaused ? null : stands.Reason is { } said ? PauseWords.Write(said) : null, At = stands.Since }, word);
        else
        {
            lock (waiting) waiting.RemoveAt(waiting.Count - 1);
            if (answer is not null) logger.LogWarning("The phone system of {Connection} was not told of a pause: {Fate} {Said}", connection, answer.Fate, answer.Said);
        }

        return null;
    }
}
