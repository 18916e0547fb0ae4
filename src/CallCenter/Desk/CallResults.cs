using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Desk;

/// <summary>One of the results that a call can have.</summary>
/// <param name="Id">A stable name for the API and figures, such as <c>quote</c>.</param>
/// <param name="Name">What the company calls it; null while it is called <c>Result.{Id}</c> in the reader's language.</param>
/// <param name="IsArchived">Not offered any more; calls that have it keep it.</param>
sealed record ResultChoice(string Id, string? Name, bool IsArchived);

/// <summary>Keeps the results that operators choose from when a call ends.</summary>
sealed class CallResults(Db db, AuditLog audit, DeskNews news, TimeProvider clock)
{
    public const int NameMax = 40;

    /// <summary>More than anybody reads in the seconds after a call.</summary>
    public const int ChoicesMax = 20;

    public static async Task<IReadOnlyList<ResultChoice>> Read(Tx tx) =>
        [.. (await tx.List<(string Id, string? Name, long? Archived)>("select id, name, archived_at from result_choices order by ordinal, id")).Select(row => new ResultChoice(row.Id, row.Name, row.Archived is not null))];

    public Task<IReadOnlyList<ResultChoice>> Read(CancellationToken stop = default) => db.Read(Read, stop);

    public Task Add(string name, Actor by, CancellationToken stop = default) => Change("results.added", name, by, async tx =>
    {
        var known = await Read(tx);
        if (known.Count(choice => !choice.IsArchived) >= ChoicesMax) throw new Refusal(RefusalKind.Invalid, "results.too-many", ChoicesMax);
        var next = await tx.One<long>("select coalesce(max(ordinal), 0) + 1 from result_choices");
        await tx.Run("insert into result_choices (id, name, ordinal) values (@id, @name, @next)", new { id = Guid.CreateVersion7().ToString("n"), name = Checked(name), next });
    }, stop);

    public Task Rename(string id, string name, Actor by, CancellationToken stop = default) =>
        Change("results.renamed", id, by, tx => tx.Run("update result_choices set name = @name where id = @id", new { id, name = Checked(name) }), stop);

    public Task Archive(string id, bool isArchived, Actor by, CancellationToken stop = default) => Change(isArchived ? "results.archived" : "results.restored", id, by, tx =>
        tx.Run("update result_choices set archived_at = @at where id = @id", new { id, at = isArchived ? clock.GetUtcNow().ToUnixTimeMilliseconds() : (long?)null }), stop);

    /// <summary>One place up or down among those that are offered.</summary>
    public Task Move(string id, bool up, Actor by, CancellationToken stop = default) => Change("results.moved", id, by, async tx =>
    {
        var order = (await Read(tx)).OrderBy(choice => choice.IsArchived).Select(choice => choice.Id).ToList();
        var (from, to) = (order.IndexOf(id), order.IndexOf(id) + (up ? -1 : 1));
        if (from < 0 || to < 0 || to >= order.Count) return;
        (order[from], order[to]) = (order[to], order[from]);
        await tx.RunMany("update result_choices set ordinal = @ordinal where id = @id", ["ordinal", "id"], [.. order.Select((one, i) => new object?[] { i + 1L, one })]);
    }, stop);

    Task Change(string action, string what, Actor by, Func<Tx, Task> change, CancellationToken stop) => db.Write(async tx =>
    {
        await change(tx);
        await audit.Note(tx, by, action, "results", new { what });
        await news.Tell(tx);
        return true;
    }, stop);

    static string Checked(string name) => VisibleText.Line(name, NameMax + 1).Trim() is { Length: > 0 and <= NameMax } text ? text : throw new Refusal(RefusalKind.Invalid, "results.name", NameMax);
}
