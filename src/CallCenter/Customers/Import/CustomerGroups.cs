namespace CallCenter.Customers.Import;

/// <summary>
/// Which lines of a file speak of the same customer: those with the same id of another system, else the same tax id, else the same
/// name and one of its numbers. Lines are to be told in the order of <see cref="CustomerLine.Rank"/>, so that whoever is known
/// by less finds those who are known by more.
/// </summary>
sealed class CustomerGroups
{
    /// <summary>As much as belongs to one customer.</summary>
    public const int LinesMax = CustomerDetail.VehiclesMax + CustomerDetail.NumbersMax;

    readonly Dictionary<ExternalId, Group> byId = [];
    readonly Dictionary<string, List<Group>> byTax = [], byName = [];

    public int Count { get; private set; }

    /// <exception cref="Refusal">It could be one of several, or that one has too many lines already.</exception>
    public Group Add(CustomerLine line)
    {
        var group = GroupOf(line) ?? new Group(line);
        if (++group.Lines > LinesMax) throw new Refusal(RefusalKind.Invalid, "customer-import.too-many-lines", group.First, LinesMax);
        if (group.Lines == 1) Count++;
        group.First = Math.Min(group.First, line.Line);
        foreach (var id in line.Ids)
        {
            byId[id] = group;
            group.Systems.Add(id.System);
        }

        if (line.TaxKey is { } tax) Know(byTax, tax, group);
        foreach (var name in line.Names) Know(byName, name, group);
        return group;
    }

    Group? GroupOf(CustomerLine line)
    {
        switch (line.Rank)
        {
            case 0:
                // Whoever has another id of the same system is another one, also with the same tax id.
                var sameTax = line.TaxKey is null ? [] : byTax.GetValueOrDefault(line.TaxKey, []).Where(group => !group.Systems.Overlaps(line.Ids.Select(id => id.System)));
                return Only([.. line.Ids.Select(id => byId.GetValueOrDefault(id)).OfType<Group>().Concat(sameTax).Distinct()]);
            case 1:
                return Only(byTax.GetValueOrDefault(line.TaxKey!, []));
            default:
                List<Group> named = [.. line.Names.SelectMany(name => byName.GetValueOrDefault(name, [])).Distinct()];
                List<Group> plain = [.. named.Where(group => group.Rank == 2)];
                return Only(named.Count > 1 && plain.Count > 0 ? plain : named);
        }
    }

    static Group? Only(IReadOnlyList<Group> groups) => groups.Count <= 1 ? groups.FirstOrDefault() : throw new Refusal(RefusalKind.Invalid, "customer-import.lines-of-two", groups[0].First, groups[1].First);

    static void Know(Dictionary<string, List<Group>> by, string key, Group group)
    {
        if (!by.TryGetValue(key, out var groups)) by[key] = groups = [];
        if (!groups.Contains(group)) groups.Add(group);
    }

    /// <summary>Lines that speak of one customer.</summary>
    public sealed class Group(CustomerLine found)
    {
        /// <summary>The least of their numbers, once all lines were told.</summary>
        public long First { get; set; } = found.Line;

        public int Rank { get; } = found.Rank;

        public int Lines { get; set; }

        public HashSet<string> Systems { get; } = [];
    }
}
