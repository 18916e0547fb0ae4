using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Customers.Import;

public enum CustomerVerdict
{
    Added,
    Changed,
    Same,
    Refused,
}

/// <summary>What the lines of one customer would come to.</summary>
/// <param name="Before">Null for a new one.</param>
/// <param name="After">Null when nothing can be made of them.</param>
/// <param name="Faults">Lines that are left out, and why; all of them where <paramref name="After"/> is null.</param>
sealed record ComparedCustomer(IReadOnlyList<CustomerLine> Lines, CustomerDetail? Before, CustomerDetail? After, IReadOnlyList<CustomerChange> Changes, IReadOnlyList<LineFault> Faults)
{
    public long FirstLine => Lines[0].Line;

    public CustomerVerdict Verdict => After is null ? CustomerVerdict.Refused : Before is null ? CustomerVerdict.Added : Changes.Count > 0 ? CustomerVerdict.Changed : CustomerVerdict.Same;
}

/// <summary>Which lines a customer was found by.</summary>
/// <param name="Line">The first of them.</param>
/// <param name="Rank">As <see cref="CustomerLine.Rank"/>, the least of theirs.</param>
readonly record struct Taker(long Line, int Rank);

/// <summary>
/// Compares what a file says with the customers there are. A customer is found by an id of another system, else by its tax id,
/// else by its name and one of its numbers; where several could be meant, nobody is.
/// </summary>
static class CustomerComparison
{
    const int CandidatesMax = 20;

    /// <summary>Numbers have their country already.</summary>
    const string AnyCountry = "ES";

    /// <param name="groups">The lines of some customers, those of one together and in their order.</param>
    /// <param name="taken">By their ids, the customers whom earlier lines of the same file turned out to be; those found now come along.</param>
    public static async Task<List<ComparedCustomer>> Compare(Tx tx, IReadOnlyList<IReadOnlyList<CustomerLine>> groups, Dictionary<long, Taker> taken, CustomerMapping mapping, DateTimeOffset now)
    {
        var (wishes, faults) = (new List<CustomerLine>(groups.Count), new List<List<LineFault>>(groups.Count));
        foreach (var group in groups)
        {
            var (whole, left) = (group[0], new List<LineFault>());
            foreach (var line in group.Skip(1))
                try
                {
                    whole = whole with { Wish = whole.And(line.Wish, mapping) };
                }
                catch (Refusal refusal)
                {
                    left.Add(new(line.Line, refusal, line.Content));
                }

            wishes.Add(whole);
            faults.Add(left);
        }

        var candidates = await Candidates(tx, wishes);
        var compared = new List<ComparedCustomer>(groups.Count);
        for (var i = 0; i < groups.Count; i++)
        {
            try
            {
                var before = candidates[i].Find(wishes[i], taken);
                if (before is not null && taken.TryGetValue(before.Customer.Id, out var other) && other.Line != wishes[i].Line)
                    throw new Refusal(RefusalKind.Invalid, "customer-import.taken", other.Line, before.Customer.Name);
                var after = wishes[i].Wish.Over(before ?? CustomerDetail.New(new Customer(0, CustomerKind.Company, "")), AnyCountry, replaces: false, person => person, now).Checked();
                if (before is not null) taken[before.Customer.Id] = new(wishes[i].Line, wishes[i].Rank);
                compared.Add(new(groups[i], before, after, before is null ? [] : CustomerChange.Between(before, after), faults[i]));
            }
            catch (Refusal refusal)
            {
                compared.Add(new(groups[i], null, null, [], [.. groups[i].Select(line => new LineFault(line.Line, refusal, line.Content))]));
            }
        }

        return compared;
    }

    /// <summary>Who could be meant, of each.</summary>
    static async Task<List<Candidate>> Candidates(Tx tx, IReadOnlyList<CustomerLine> wishes)
    {
        var found = wishes.Select(_ => (ById: new List<long>(), ByTax: new List<long>(), ByName: new List<long>())).ToList();
        async Task Ask(string sql, string[] parameters, IEnumerable<(int Of, object?[] Values)> asked, Func<int, List<long>> into)
        {
            var all = asked.ToList();
            await tx.QueryMany(sql, parameters, all.ConvertAll(one => one.Values), (i, row) => into(all[i].Of).Add(row.Long(0)));
        }

        IEnumerable<(int, object?[])> Each(Func<CustomerLine, IEnumerable<object?[]>> values) => wishes.SelectMany((wish, i) => values(wish).Select(one => (i, one)));
        await Ask("select customer_id from customer_ids where system = @system and external_id = @id", ["system", "id"], Each(wish => wish.Ids.Select(id => new object?[] { id.System, id.Id })), i => found[i].ById);
        await Ask($"select id from customers where tax_key = @tax and merged_into is null order by id limit {CandidatesMax}", ["tax"], Each(wish => wish.TaxKey is { } tax ? [[tax]] : []), i => found[i].ByTax);
        await Ask(
            $"""
            select distinct c.id from customer_numbers n join customers c on c.id = n.customer_id
            where n.number_key = @number and c.name_key = @name and c.merged_into is null order by c.id limit {CandidatesMax}
            """, ["number", "name"], Each(wish => wish.Rank == 2 ? wish.NumberKeys.Select(number => new object?[] { number, wish.NameKey }) : []), i => found[i].ByName);
        // Of whom nothing but the name is told is the one of whom nothing but the name is known.
        await Ask(
            $"""
            select id from customers c where name_key = @name and merged_into is null and tax_key is null
            and not exists (select 1 from customer_numbers n where n.customer_id = c.id) and not exists (select 1 from customer_ids i where i.customer_id = c.id) order by id limit {CandidatesMax}
            """, ["name"], Each(wish => wish.Rank == 2 && !wish.NumberKeys.Any() ? [[wish.NameKey]] : []), i => found[i].ByName);
        var known = await CustomerRows.Read(tx, [.. found.SelectMany(one => one.ById.Concat(one.ByTax).Concat(one.ByName)).Distinct()]);
        List<CustomerDetail> Details(IEnumerable<long> ids) => [.. ids.Distinct().Select(id => known[id])];
        return found.ConvertAll(one => new Candidate(Details(one.ById), Details(one.ByTax), Details(one.ByName)));
    }

    /// <summary>The customers that a line could mean.</summary>
    sealed record Candidate(List<CustomerDetail> ById, List<CustomerDetail> ByTax, List<CustomerDetail> ByName)
    {
        /// <summary>Null when it is somebody new.</summary>
        /// <exception cref="Refusal">It could be several, or what it is known by contradicts itself.</exception>
        public CustomerDetail? Find(CustomerLine line, Dictionary<long, Taker> taken)
        {
            // Whoever has another id of the same system, or is about to get it, is another one, also with the same tax id.
            var byTax = ByTax.FindAll(one => !one.Ids.Any(id => line.Ids.Any(its => its.System == id.System && its != id))
                && !(line.Rank == 0 && taken.TryGetValue(one.Customer.Id, out var other) && other.Rank == 0 && other.Line != line.Line));
            if (byTax.Exists(one => one.Customer.ArchivedAt is null)) byTax.RemoveAll(one => one.Customer.ArchivedAt is not null);
            if (Only(ById) is { } found)
                return line.TaxKey is null || line.TaxKey == Spelled.TaxId(found.Customer.TaxId) || byTax.TrueForAll(other => other.Customer.Id == found.Customer.Id) ? found
                    : throw new Refusal(RefusalKind.Invalid, "customer-import.tax-of-other", line.Wish.TaxId!, byTax[0].Customer.Name, found.Customer.Name);
            if (Only(byTax) is { } same) return same;
            var plain = ByName.FindAll(one => one.Customer.TaxId is null && one.Ids.Count == 0);
            return Only(ByName.Count > 1 && plain.Count > 0 ? plain : ByName);
        }

        static CustomerDetail? Only(List<CustomerDetail> found) => found.Count <= 1 ? found.FirstOrDefault()
            : throw new Refusal(RefusalKind.Invalid, "customer-import.several", found[0].Customer.Name, found[0].Customer.Id, found[1].Customer.Name, found[1].Customer.Id);
    }
}
