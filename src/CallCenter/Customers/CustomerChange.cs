namespace CallCenter.Customers;

/// <summary>One thing of a customer that is different now.</summary>
/// <param name="What">Such as <c>name</c>, <c>owner</c>, <c>number</c>, <c>vehicle</c>.</param>
/// <param name="Before">Null for what came along.</param>
/// <param name="After">Null for what is gone.</param>
public readonly record struct CustomerChange(string What, string? Before, string? After)
{
    public static IReadOnlyList<CustomerChange> Between(CustomerDetail before, CustomerDetail after)
    {
        var changes = new List<CustomerChange>();
        var (was, now) = (before.Customer, after.Customer);
        foreach (var (what, old, current) in new (string, string?, string?)[]
        {
            ("kind", $"{was.Kind}", $"{now.Kind}"), ("name", was.Name, now.Name), ("tax_id", was.TaxId, now.TaxId), ("email", was.Email, now.Email), ("segment", was.Segment, now.Segment),
            ("owner", was.Owner, now.Owner), ("credit_stop", was.CreditStop ? "yes" : "no", now.CreditStop ? "yes" : "no"), ("price_tier", was.PriceTier, now.PriceTier), ("note", was.Note, now.Note),
            ("archived", was.ArchivedAt is null ? "no" : "yes", now.ArchivedAt is null ? "no" : "yes"),
        })
            if (old != current) changes.Add(new(what, old, current));

        void Parts<T>(string what, IReadOnlyList<T> old, IReadOnlyList<T> current, Func<T, long> id, Func<T, string> name)
        {
            var known = old.ToDictionary(id);
            foreach (var part in current)
                if (id(part) <= 0 || !known.Remove(id(part), out var same)) changes.Add(new(what, null, name(part)));
                else if (!Equals(same, part)) changes.Add(new(what, name(same), name(part)));
            changes.AddRange(known.Values.Select(part => new CustomerChange(what, name(part), null)));
        }

        Parts("number", before.Numbers, after.Numbers, part => part.Id, part => part.Number);
        Parts("contact", before.Contacts, after.Contacts, part => part.Id, part => part.Name);
        Parts("branch", before.Branches, after.Branches, part => part.Id, part => part.Name);
        Parts("vehicle", before.Vehicles, after.Vehicles, part => part.Id, part => part.Plate ?? part.Vin ?? part.Name);
        changes.AddRange(after.Ids.Except(before.Ids).Select(id => new CustomerChange("external_id", null, $"{id.System}: {id.Id}")));
        changes.AddRange(before.Ids.Except(after.Ids).Select(id => new CustomerChange("external_id", $"{id.System}: {id.Id}", null)));
        return changes;
    }
}
