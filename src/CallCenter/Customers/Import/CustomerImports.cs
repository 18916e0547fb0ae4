using CallCenter.Audit;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Customers.Import;

/// <summary>Keeps the imports of customers; see <see cref="CustomerLoading"/> for the work itself.</summary>
sealed class CustomerImports(Db db, CustomerErrands errands, AuditLog audit, TimeProvider clock) : PlannedImports<CustomerImport, CustomerMapping>(db, "customer", audit, clock)
{
    /// <summary>Takes a file in and looks at it: afterwards it waits for somebody to say what its columns are, as guessed or otherwise.</summary>
    /// <param name="received">Is told how many bytes have come.</param>
    /// <exception cref="Refusal">Another import is not over, the file is too large, or it is no table.</exception>
    public Task<CustomerImport> Take(Stream file, string name, Actor by, Action<long>? received = null, CancellationToken stop = default) => Take(
        file, name, least: 1, (id, called, now) => new(id, ImportState.Receiving, called, 0, "", "", null, [], 0, 0, default, null, now, by.Name, null, null),
        (first, before) =>
        {
            var guess = CustomerMapping.Guess(first);
            var known = before.Find(one => one.Mapping?.IsOfColumns(guess) == true)?.Mapping;
            return (known is null ? guess : known with { HeadLine = guess.HeadLine }, guess.HeadLine);
        }, by, received, stop);

    /// <summary>Its first line names the columns after all, or it is a customer like the others: what is guessed and shown of it anew.</summary>
    public async Task<CustomerImport> Name(long id, bool isNamed, CancellationToken stop = default)
    {
        var copy = ImportStore.CopyPath();
        try
        {
            await Store.Unpack(id, copy, stop);
            var (_, first) = await Task.Run(() => ImportStore.Look(copy, least: 1, stop), stop);
            var guess = CustomerMapping.Guess(first, isNamed);
            return await Change(id, import => import.State != ImportState.Mapping ? import : import with { Mapping = guess, Sample = ImportStore.SampleOf(first, guess.HeadLine) }, stop);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    protected override Task TakeTurn(Tx tx) => CustomerBook.TakeTurn(tx);

    protected override async Task<List<CustomerImport>> List(Tx tx, string sql, object? values) => (await tx.List<CustomerImportRow>(sql, values)).ConvertAll(row => row.ToImport());

    protected override object ValuesOf(CustomerImport import) => CustomerImportRow.Values(import);

    protected override string ActionOf(CustomerImport ended) => "customer.imported";

    /// <summary>Earlier calls of so many numbers are looked at together.</summary>
    protected override Task Written(Tx tx, CustomerImport ended) => ended.Counts.Added + ended.Counts.Changed > 0 ? errands.Add(tx, CustomerErrand.Numbers) : Task.CompletedTask;
}
