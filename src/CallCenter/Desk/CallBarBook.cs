using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Desk;

/// <summary>Keeps what each person has on the bar: read from the calls, so that a page loaded anew shows the same; hidden for one screen is hidden for all.</summary>
sealed class CallBarBook(Db db, CallLog log, Personnel personnel, DeskNews news, TimeProvider clock)
{
    /// <summary>As many calls ring or last for one person, the newest.</summary>
    public const int ItemsMax = 50;

    /// <summary>Ended calls that are looked at: the last of somebody's who takes hundreds a day.</summary>
    const int EndedMax = 20;

    static readonly TimeSpan CallMax = TimeSpan.FromHours(4);
    static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    /// <summary>What stands on somebody's bar: who talks first, then what rings, the longest first, then what is over.</summary>
    public async Task<IReadOnlyList<(BarItem Item, bool IsHidden)>> Read(string person, CancellationToken stop = default)
    {
        var (scope, now, roster) = (CallScope.Own(person), clock.GetUtcNow(), personnel.Now);
        var alive = await log.List(scope, new CallFilter(Alive: true), ItemsMax, stop: stop);
        var ended = await log.List(scope, new CallFilter(From: now - CallMax, Alive: false), EndedMax, stop: stop);
        // One that ended between the two readings is in both; that it is over is the newer word.
        var items = ended.Calls.Concat(alive.Calls).DistinctBy(call => call.Id).Select(call => BarItem.Of(call, person, roster, now)).OfType<BarItem>().ToList();
        if (items.Count == 0) return [];
        var hidden = (await db.Read(tx => tx.List<long>("select call_id from bar_hidden where user_id = @person", new { person }), stop)).ToHashSet();
        return [.. items.OrderBy(item => Rank(item.Phase)).ThenBy(item => item.Since).ThenBy(item => item.Call.Id).Select(item => (item, hidden.Contains(item.Call.Id)))];
    }

    /// <summary>Puts a call out of somebody's sight, on all his screens.</summary>
    public Task Hide(string person, long call, CancellationToken stop = default) => db.Write(async tx =>
    {
        await Keep(tx, "bar_hidden", person, call);
        await news.Tell(tx, call);
        return true;
    }, stop);

    /// <summary>Brings back what was hidden.</summary>
    public Task ShowAgain(string person, CancellationToken stop = default) => db.Write(async tx =>
    {
        await tx.Run("delete from bar_hidden where user_id = @person", new { person });
        await news.Tell(tx);
        return true;
    }, stop);

    /// <summary>Of all screens of somebody, on whatever node, one makes a call's noise: the first that asks.</summary>
    public Task<bool> MayRing(string person, long call, CancellationToken stop = default) => db.Write(tx => Keep(tx, "bar_rung", person, call), stop);

    async Task<bool> Keep(Tx tx, string table, string person, long call)
    {
        var now = clock.GetUtcNow();
        await tx.Run($"delete from {table} where user_id = @person and at < @old", new { person, old = (now - Kept).ToUnixTimeMilliseconds() });
        return await tx.Run($"insert into {table} (user_id, call_id, at) values (@person, @call, @at) on conflict do nothing", new { person, call, at = now.ToUnixTimeMilliseconds() }) == 1;
    }

    static int Rank(BarPhase phase) => phase switch
    {
        BarPhase.Talking => 0,
        BarPhase.Dialling => 1,
        BarPhase.Ringing => 2,
        BarPhase.WrapUp => 3,
        BarPhase.TakenByOther or BarPhase.Missed => 4,
        _ => throw new InvalidOperationException($"No rank for {phase}."),
    };
}
