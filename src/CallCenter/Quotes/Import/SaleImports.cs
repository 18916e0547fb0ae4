using CallCenter.Audit;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Quotes.Import;

/// <summary>Keeps the imports of quotes and of orders; see <see cref="SaleLoading"/> for the work itself.</summary>
sealed class SaleImports(Db db, AuditLog audit, TimeProvider clock) : PlannedImports<SaleImport, SaleMapping>(db, "sale", audit, clock)
{
    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="usualMark">The decimal mark of whoever brings it, where the figures in the file do not tell.</param>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    public Task<SaleImport> Take(Stream file, string name, bool ofOrders, char usualMark, Actor by, Action<long>? received = null, CancellationToken stop = default) => Take(
        file, name, least: 2, (id, called, now) => new(id, ofOrders, ImportState.Receiving, called, 0, "", "", null, [], 0, 0, default, null, now, by.Name, null, null),
        (first, before) =>
        {
            var guess = SaleMapping.Guess(first, ofOrders, usualMark);
            var known = before.Find(one => one.OfOrders == ofOrders && one.Mapping?.IsOfColumns(guess) == true)?.Mapping;
            return (known is null ? guess : known with { HeadLine = guess.HeadLine }, guess.HeadLine);
        }, by, received, stop);

    protected override Task TakeTurn(Tx tx) => QuoteBook.TakeTurn(tx);

    protected override async Task<List<SaleImport>> List(Tx tx, string sql, object? values) => (await tx.List<SaleImportRow>(sql, values)).ConvertAll(row => row.ToImport());

    protected override object ValuesOf(SaleImport import) => SaleImportRow.Values(import);

    protected override string ActionOf(SaleImport ended) => ended.OfOrders ? "order.imported" : "quote.imported";
}
