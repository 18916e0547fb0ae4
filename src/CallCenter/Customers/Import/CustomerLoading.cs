using CallCenter.Calls;
using CallCenter.Importing;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Customers.Import;

/// <summary>
/// Does the work of lists of customers: reads the file and puts its lines aside, finds out which of them speak of one customer, compares
/// those with the customers there are, and, when a person says so, writes them.
/// </summary>
sealed class CustomerLoading(Db db, CustomerImports imports, CustomerBook book, CustomerErrands errands, Personnel personnel, IPhoneSystems phones, TimeProvider clock, ILogger<CustomerLoading> logger)
    : ImportWorker<CustomerImport>(db, imports.Store, logger)
{
    /// <summary>Which lines speak of one customer is found out in memory.</summary>
    internal const int LinesMax = 400_000;

    const int LinesAtOnce = 2000;

    /// <summary>The lines of at least one whole customer.</summary>
    const int LookedAtOnce = CustomerGroups.LinesMax + 1;

    const int CustomersAtOnce = 400;

    static readonly Insertion Stage = new("customer_import_lines", ["line", "rank", "body", "content"]);
    public override Task<CustomerImport?> Find(long id, CancellationToken stop) => imports.Find(id, stop);

    protected override Task Work(CustomerImport import, CancellationToken stop) => import.State switch
    {
        ImportState.Reading => Read(import, stop),
        ImportState.Comparing => Compare(import, stop),
        ImportState.Applying => Apply(import, stop),
        _ => throw new InvalidOperationException($"Nothing to do for {import.State}."),
    };

    protected override Task Fail(CustomerImport import, Refusal why, CancellationToken stop) =>
        Step(import, async tx => await imports.End(tx, (await imports.Find(tx, import.Id))!, why, import.AppliedBy ?? Audit.Actor.Server), stop);

    protected override async Task<long?> Waiting(CancellationToken stop) => await imports.Open(stop) is { IsRunning: true } open ? open.Id : null;

    protected override Task TakeTurn(Tx tx) => CustomerBook.TakeTurn(tx);

    /// <summary>Some of the customers of whom a comparison came to this.</summary>
    public Task<IReadOnlyList<ComparedCustomer>> Preview(CustomerImport import, CustomerVerdict verdict, int limit, CancellationToken stop = default) => Db.Read<IReadOnlyList<ComparedCustomer>>(async tx =>
    {
        var first = await tx.List<long>("select line from customer_import_lines where verdict = @verdict order by line limit @limit", new { verdict = $"{verdict}", limit });
        var groups = new List<List<CustomerLine>>(first.ConvertAll(_ => new List<CustomerLine>()));
        await tx.QueryMany($"select {CustomerLine.Columns} from customer_import_lines where first_line = @line order by line", ["line"], first.ConvertAll(line => new object?[] { line }), (i, row) => groups[i].Add(CustomerLine.Read(row)));
        return await CustomerComparison.Compare(tx, groups, [], import.Mapping!, clock.GetUtcNow());
    }, stop);

    async Task Read(CustomerImport import, CancellationToken stop)
    {
        var copy = ImportStore.CopyPath();
        try
        {
            await Store.Unpack(import.Id, copy, stop);
            var (from, country) = (await Db.Read(tx => PlaceOf(tx, import), stop), phones.HomeCountry());
            var (lines, faults, done, count) = (new List<CustomerLine>(), new List<LineFault>(), 0L, 0);
            Task Keep(long last) => Step(import, async tx =>
            {
                await tx.Insert(Stage, [.. lines.Select(line => line.Values)]);
                await Store.Refuse(tx, import.Id, faults);
                await tx.Run("update customer_imports set line = @last, done = @done where id = @Id", new { import.Id, last, done });
                lines.Clear();
                faults.Clear();
            }, stop);
            var last = from;
            foreach (var row in TableFile.Open(copy).Rows(bytes => done = bytes, stop))
            {
                if (++count > LinesMax) throw new Refusal(RefusalKind.Invalid, "table.too-many-rows", LinesMax);
                if (row.Line <= from || row.Line <= import.Mapping!.HeadLine) continue;
                try
                {
                    lines.Add(CustomerLine.Of(row, import.Mapping, country, PersonOf));
                }
                catch (Refusal refusal)
                {
                    faults.Add(new(row.Line, refusal, LineFault.ContentOf(row)));
                }

                last = row.Line;
                if (lines.Count + faults.Count >= LinesAtOnce) await Keep(last);
            }

            await Keep(last);
            await Step(import, async tx =>
            {
                await imports.Save(tx, (await imports.Find(tx, import.Id))! with { State = ImportState.Comparing, Done = 0, Of = 0 });
                await tx.Run("update customer_imports set line = 0 where id = @Id", new { import.Id });
            }, stop);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    string PersonOf(string named) => personnel.FindOnly(named)?.Id ?? throw new Refusal(RefusalKind.Invalid, "customer.no-such-person", named);

    async Task Compare(CustomerImport import, CancellationToken stop)
    {
        if (import.Of == 0) import = await Group(import, stop);
        await Customers(import, (tx, compared, _) => tx.RunMany("update customer_import_lines set verdict = @verdict, customer_id = @customer where line = @line", ["verdict", "customer", "line"],
            [.. compared.Select(one => new object?[] { $"{one.Verdict}", one.Before?.Customer.Id, one.FirstLine })]), stop);
        await Step(import, async tx => await imports.Save(tx, (await imports.Find(tx, import.Id))! with { State = ImportState.Ready }), stop);
    }

    /// <summary>Says of each line which is the first that speaks of the same customer.</summary>
    async Task<CustomerImport> Group(CustomerImport import, CancellationToken stop)
    {
        var (groups, found, faults) = (new CustomerGroups(), new List<(long Line, CustomerGroups.Group Group)>(), new List<LineFault>());
        await Db.Read(async tx =>
        {
            await tx.QueryMany($"select {CustomerLine.Columns} from customer_import_lines order by rank, line", [], [[]], (_, row) =>
            {
                stop.ThrowIfCancellationRequested();
                var line = CustomerLine.Read(row);
                try
                {
                    found.Add((line.Line, groups.Add(line)));
                }
                catch (Refusal refusal)
                {
                    faults.Add(new(line.Line, refusal, line.Content));
                }
            });
            return true;
        }, stop);
        foreach (var some in found.Chunk(LinesAtOnce))
            await Step(import, tx => tx.RunMany("update customer_import_lines set first_line = @first where line = @line", ["first", "line"], [.. some.Select(one => new object?[] { one.Group.First, one.Line })]), stop);
        // The last step tells that all of it was done.
        await Step(import, async tx =>
        {
            await LeaveOut(tx, import.Id, faults);
            await tx.Run("update customer_imports set total = @total where id = @Id", new { import.Id, total = Math.Max(1, groups.Count) });
        }, stop);
        return (await imports.Find(import.Id, stop))!;
    }

    async Task Apply(CustomerImport import, CancellationToken stop)
    {
        var by = import.AppliedBy!;
        await Customers(import, async (tx, compared, taken) =>
        {
            var written = compared.Where(one => one.Verdict is CustomerVerdict.Added or CustomerVerdict.Changed).ToList();
            foreach (var (one, saved) in written.Zip(await book.Put(tx, written.ConvertAll(one => (one.Before, one.After!)), by))) taken[saved.Customer.Id] = new(one.FirstLine, one.Lines.Min(line => line.Rank));
            var lines = compared.Select(one => one.FirstLine).ToHashSet();
            await tx.RunMany("update customer_import_lines set customer_id = @customer where line = @line", ["customer", "line"],
                [.. taken.Where(one => lines.Contains(one.Value.Line)).Select(one => new object?[] { one.Key, one.Value.Line })]);
        }, stop);
        await Step(import, async tx => await imports.Close(tx, (await imports.Find(tx, import.Id))! with { State = ImportState.Applied, EndedAt = clock.GetUtcNow() }, by), stop);
        await errands.Run(stop);
    }

    /// <summary>From where it stands on: compares some customers, does something with them and writes down how far it is, all in one transaction.</summary>
    async Task Customers(CustomerImport import, Func<Tx, IReadOnlyList<ComparedCustomer>, Dictionary<long, Taker>, Task> work, CancellationToken stop)
    {
        var taken = await Db.Read(async tx => await Taken(tx, await PlaceOf(tx, import)), stop);
        for (var isOver = false; !isOver;)
            await Step(import, async tx =>
            {
                var groups = await Next(tx, await PlaceOf(tx, import));
                if (isOver = groups.Count == 0) return;
                var compared = await CustomerComparison.Compare(tx, groups, taken, import.Mapping!, clock.GetUtcNow());
                await work(tx, compared, taken);
                await LeaveOut(tx, import.Id, [.. compared.SelectMany(one => one.Faults)]);
                long Count(CustomerVerdict verdict) => compared.Count(one => one.Verdict == verdict);
                await tx.Run("update customer_imports set line = @last, done = done + @count, added = added + @added, changed = changed + @changed, same = same + @same where id = @Id",
                    new { import.Id, last = compared[^1].FirstLine, count = compared.Count, added = Count(CustomerVerdict.Added), changed = Count(CustomerVerdict.Changed), same = Count(CustomerVerdict.Same) });
            }, stop);
    }

    /// <summary>The lines of the next customers, those of one together.</summary>
    static async Task<List<List<CustomerLine>>> Next(Tx tx, long after)
    {
        var groups = new List<List<CustomerLine>>();
        var (first, count) = (0L, 0);
        await tx.QueryMany($"select {CustomerLine.Columns}, first_line from customer_import_lines where first_line > @after order by first_line, line limit {LookedAtOnce}", ["after"], [[after]], (_, row) =>
        {
            count++;
            if (row.Long(3) != first) groups.Add([]);
            first = row.Long(3);
            groups[^1].Add(CustomerLine.Read(row));
        });
        // The last one may have more lines than were looked at.
        if (count == LookedAtOnce) groups.RemoveAt(groups.Count - 1);
        return groups.Count > CustomersAtOnce ? groups.GetRange(0, CustomersAtOnce) : groups;
    }

    /// <summary>Whom earlier lines turned out to be.</summary>
    static async Task<Dictionary<long, Taker>> Taken(Tx tx, long upTo) =>
        (await tx.List<(long Customer, long Line, long Rank)>(
            """
            select customer_id, line, (select min(rank) from customer_import_lines other where other.first_line = one.line) from customer_import_lines one
            where customer_id is not null and line <= @upTo
            """, new { upTo })).ToDictionary(one => one.Customer, one => new Taker(one.Line, (int)one.Rank));

    /// <summary>These lines change nothing, and are in the report.</summary>
    async Task LeaveOut(Tx tx, long id, IReadOnlyList<LineFault> faults)
    {
        await tx.RunMany("delete from customer_import_lines where line = @line", ["line"], [.. faults.Select(fault => new object?[] { fault.Line })]);
        await Store.Refuse(tx, id, faults);
    }

    static Task<long> PlaceOf(Tx tx, CustomerImport import) => tx.One<long>("select line from customer_imports where id = @Id", new { import.Id });
}
