using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Desk;

/// <summary>What was written about a call goes with it where it turns out to be part of another.</summary>
sealed class MergedNotes : ICallWitness
{
    static readonly (string Table, string Columns)[] Kept =
        [("call_notes", "user_id, text, at"), ("call_results", "result, user_id, at"), ("call_tags", "tag, user_id, at"), ("bar_hidden", "user_id, at"), ("bar_rung", "user_id, at")];

    public async Task Record(Tx tx, IReadOnlyList<CallChange> changes)
    {
        foreach (var (from, into) in changes.Where(change => change.After.MergedInto is not null).Select(change => (change.After.Id, change.After.MergedInto!.Value)))
            foreach (var (table, columns) in Kept)
            {
                await tx.Run($"insert into {table} (call_id, {columns}) select @into, {columns} from {table} where call_id = @from on conflict do nothing", new { from, into });
                await tx.Run($"delete from {table} where call_id = @from", new { from });
            }
    }
}
