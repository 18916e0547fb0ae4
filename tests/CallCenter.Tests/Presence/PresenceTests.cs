using CallCenter.Presence;

namespace CallCenter.Tests.Presence;

public class PresenceTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Whose_screen_is_open_is_there_who_pauses_stays_paused_and_who_falls_silent_left_when_he_was_last_seen(On database)
    {
        var clock = new StandingClock(new DateTimeOffset(2026, 5, 4, 9, 0, 0, TimeSpan.Zero));
        await using var house = await House.Open(database, clock);
        var book = new PresenceBook(house.Db, clock);
        await book.See("eva");
        clock.Now += TimeSpan.FromMinutes(1);
        await book.See("eva");
        await book.Pause("eva", PauseReason.Lunch);
        clock.Now += TimeSpan.FromMinutes(1);
        await book.See("eva");
        Assert.Equal((PresenceState.Paused, PauseReason.Lunch), (await book.Find("eva")) is var now ? (now.State, now.Reason) : default);
        Assert.Single(await book.There());

        var left = clock.Now;
        clock.Now += TimeSpan.FromMinutes(30);
        Assert.Empty(await book.There());
        await book.LetGo(default);
        Assert.Equal((PresenceState.Offline, left), (await book.Find("eva")) is var gone ? (gone.State, gone.Since) : default);
        await book.See("eva");
        Assert.Equal(PresenceState.Available, (await book.Find("eva")).State);

        var log = await house.Db.Read(tx => tx.List<(string State, long Since, long? Until)>("select state, since, until from presence_log order by since"));
        long At(double minute) => new DateTimeOffset(2026, 5, 4, 9, 0, 0, TimeSpan.Zero).AddMinutes(minute).ToUnixTimeMilliseconds();
        Assert.Equal([("Available", At(0), At(1)), ("Paused", At(1), At(2)), ("Available", At(32), null)], log);
    }
}
