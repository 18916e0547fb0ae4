namespace CallCenter.Dashboard;

/// <summary>In which order somebody wants the parts of his dashboard, and which he does not want to see.</summary>
public sealed record DashboardLayout
{
    /// <summary>Names of the parts of each group.</summary>
    public static readonly IReadOnlyList<string> Calls = ["days", "hours", "states", "users", "missed"], Quotes = ["orders", "brands"];

    public static readonly DashboardLayout Default = new([.. Calls, .. Quotes], []);

    readonly IReadOnlyList<string> order;

    DashboardLayout(IReadOnlyList<string> order, IReadOnlyList<string> hidden) => (this.order, Hidden) = (order, hidden);

    public IReadOnlyList<string> Hidden { get; }

    /// <summary>What there is now: a part that is new comes last, one that is no more is left out.</summary>
    public static DashboardLayout Of(IEnumerable<string> order, IEnumerable<string> hidden)
    {
        List<string> known = [.. order.Where(Default.order.Contains).Distinct()];
        return new([.. known, .. Default.order.Except(known)], [.. hidden.Where(Default.order.Contains).Distinct()]);
    }

    /// <summary>Those of a group that are shown.</summary>
    public IEnumerable<string> Of(IReadOnlyList<string> group) => order.Where(name => group.Contains(name) && !Hidden.Contains(name));

    /// <summary>Changes places with the one before or after it in its group.</summary>
    public DashboardLayout Move(string name, int by)
    {
        var group = Of(GroupOf(name)).ToList();
        var to = group.IndexOf(name) + by;
        if (!group.Contains(name) || to < 0 || to >= group.Count) return this;
        return new([.. order.Select(one => one == name ? group[to] : one == group[to] ? name : one)], Hidden);
    }

    public bool CanMove(string name, int by) => Move(name, by) != this;

    public DashboardLayout Hide(string name) => new(order, [.. Hidden, name]);

    public DashboardLayout Show(string name) => new(order, [.. Hidden.Where(one => one != name)]);

    public bool Equals(DashboardLayout? other) => other is not null && order.SequenceEqual(other.order) && Hidden.SequenceEqual(other.Hidden);

    public override int GetHashCode() => HashCode.Combine(string.Join(' ', order), Hidden.Count);

    internal (string Order, string Hidden) ToRow() => (string.Join(' ', order), string.Join(' ', Hidden));

    static IReadOnlyList<string> GroupOf(string name) => Quotes.Contains(name) ? Quotes : Calls;
}
