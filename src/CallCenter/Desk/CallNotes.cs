using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Desk;

/// <param name="User">Whose note it is.</param>
public sealed record CallNote(long Call, string User, string Text, DateTimeOffset At);

/// <summary>What people wrote about one call.</summary>
/// <param name="Result">Id of the <see cref="ResultChoice"/>; null while nobody said.</param>
public sealed record CallAftermath(IReadOnlyList<CallNote> Notes, string? Result, string? ResultBy, IReadOnlyList<string> Tags)
{
    public static readonly CallAftermath None = new([], null, null, []);
}

/// <summary>Keeps notes, results and tags of calls. Whoever sees a call may read and write about it; each writes his own note.</summary>
sealed class CallNotes(Db db, CallLog log, AuditLog audit, DeskNews news, TimeProvider clock)
{
    public const int NoteMax = 4000;
    public const int TagMax = 40;
    public const int TagsMax = 12;

    /// <summary>Tags that are offered: of the newest uses.</summary>
    const int OfferedMax = 50;

    static readonly string[] IdParameters = ["id"];

    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public async Task<CallAftermath> Read(CallScope scope, long call, CancellationToken stop = default)
    {
        var id = (await Seen(scope, call, stop)).Id;
        return (await Read([id], stop)).GetValueOrDefault(id, CallAftermath.None);
    }

    /// <summary>Of calls that were read with a scope already.</summary>
    public Task<Dictionary<long, CallAftermath>> Read(IReadOnlyList<long> calls, CancellationToken stop = default) => db.Read(async tx =>
    {
        object?[][] ids = [.. calls.Select(id => new object?[] { id })];
        var (notes, results, tags) = (new List<CallNote>(), new Dictionary<long, (string Result, string User)>(), new List<(long Call, string Tag)>());
        await tx.QueryMany("select call_id, user_id, text, at from call_notes where call_id = @id order by at", IdParameters, ids,
            (_, row) => notes.Add(new(row.Long(0), row.Text(1), row.Text(2), DateTimeOffset.FromUnixTimeMilliseconds(row.Long(3)))));
        await tx.QueryMany("select call_id, result, user_id from call_results where call_id = @id", IdParameters, ids, (_, row) => results[row.Long(0)] = (row.Text(1), row.Text(2)));
        await tx.QueryMany("select call_id, tag from call_tags where call_id = @id order by at, tag", IdParameters, ids, (_, row) => tags.Add((row.Long(0), row.Text(1))));
        var (notesOf, tagsOf) = (notes.ToLookup(note => note.Call), tags.ToLookup(tag => tag.Call, tag => tag.Tag));
        return calls.Distinct().Where(id => notesOf.Contains(id) || tagsOf.Contains(id) || results.ContainsKey(id))
            .ToDictionary(id => id, id => results.TryGetValue(id, out var said) ? new CallAftermath([.. notesOf[id]], said.Result, said.User, [.. tagsOf[id]]) : new([.. notesOf[id]], null, null, [.. tagsOf[id]]));
    }, stop);

    /// <summary>Writes somebody's note anew; nothing takes it away.</summary>
    public async Task Write(CallScope scope, long call, string person, string? text, CancellationToken stop = default)
    {
        text = text?.Trim() ?? "";
        if (text.Length > NoteMax) throw new Refusal(RefusalKind.Invalid, "note.long", NoteMax);
        var id = (await Seen(scope, call, stop)).Id;
        await Change(id, tx => text.Length == 0
            ? tx.Run("delete from call_notes where call_id = @id and user_id = @person", new { id, person })
            : tx.Run(
                "insert into call_notes (call_id, user_id, text, at) values (@id, @person, @text, @at) on conflict (call_id, user_id) do update set text = excluded.text, at = excluded.at",
                new { id, person, text, at = clock.GetUtcNow().ToUnixTimeMilliseconds() }), stop);
    }

    /// <param name="result">Null takes it away.</param>
    public async Task Conclude(CallScope scope, long call, string? result, string person, Actor by, CancellationToken stop = default)
    {
        var id = (await Seen(scope, call, stop)).Id;
        await Change(id, async tx =>
        {
            if (result is not null && !(await CallResults.Read(tx)).Any(choice => choice.Id == result)) throw new Refusal(RefusalKind.Invalid, "results.unknown", result);
            var before = await tx.Maybe<string?>("select result from call_results where call_id = @id", new { id });
            if (before == result) return;
            await tx.Run("delete from call_results where call_id = @id", new { id });
            if (result is not null)
                await tx.Run("insert into call_results (call_id, result, user_id, at) values (@id, @result, @person, @at)", new { id, result, person, at = clock.GetUtcNow().ToUnixTimeMilliseconds() });
            // What somebody said first is no change of anything.
            if (before is not null) await audit.Note(tx, by, "call.concluded", $"call:{id}", new { before, result });
        }, stop);
    }

    public async Task Tag(CallScope scope, long call, string tag, string person, CancellationToken stop = default)
    {
        tag = VisibleText.Line(tag, TagMax + 1).Trim();
        if (tag.Length is 0 or > TagMax) throw new Refusal(RefusalKind.Invalid, "tag.name", TagMax);
        var id = (await Seen(scope, call, stop)).Id;
        await Change(id, async tx =>
        {
            var known = await tx.List<string>("select tag from call_tags where call_id = @id", new { id });
            if (known.Contains(tag, StringComparer.CurrentCultureIgnoreCase)) return;
            if (known.Count >= TagsMax) throw new Refusal(RefusalKind.Invalid, "tag.too-many", TagsMax);
            await tx.Run("insert into call_tags (call_id, tag, user_id, at) values (@id, @tag, @person, @at) on conflict do nothing", new { id, tag, person, at = clock.GetUtcNow().ToUnixTimeMilliseconds() });
        }, stop);
    }

    public async Task Untag(CallScope scope, long call, string tag, CancellationToken stop = default)
    {
        var id = (await Seen(scope, call, stop)).Id;
        await Change(id, tx => tx.Run("delete from call_tags where call_id = @id and tag = @tag", new { id, tag }), stop);
    }

    /// <summary>The tags in use, the newest first. Words, and nothing of the calls they stand at.</summary>
    public Task<List<string>> TagsInUse(CancellationToken stop = default) =>
        db.Read(tx => tx.List<string>($"select tag from call_tags group by tag order by max(at) desc limit {OfferedMax}"), stop);

    async Task<Call> Seen(CallScope scope, long call, CancellationToken stop) =>
        await log.Find(scope, call, stop) ?? throw new Refusal(RefusalKind.NotFound, "call.unknown", call);

    Task Change(long call, Func<Tx, Task> change, CancellationToken stop) => db.Write(async tx =>
    {
        await change(tx);
        await news.Tell(tx, call);
        return true;
    }, stop);
}
