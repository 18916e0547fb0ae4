namespace CallCenter.Quotes;

/// <summary>
/// Two people write in the same draft: what each changed since they last saw the same is taken over, line by line and field by
/// field. Where both changed the same field to different things nothing is taken, and the second is told.
/// </summary>
static class QuoteMerge
{
    /// <param name="seen">What both had before them.</param>
    /// <returns>Null when they contradict each other.</returns>
    public static QuoteContent? Of(QuoteContent seen, QuoteContent mine, QuoteContent theirs)
    {
        var isClean = true;
        var head = Head(seen.Head, mine.Head, theirs.Head, ref isClean);
        var validUntil = Pick(seen.ValidUntil, mine.ValidUntil, theirs.ValidUntil, ref isClean);
        var (before, my, their) = (ById(seen), ById(mine), ById(theirs));
        var lines = new Dictionary<string, QuoteLine>();
        foreach (var id in before.Keys.Concat(my.Keys).Concat(their.Keys).Distinct())
            if (Line(before.GetValueOrDefault(id), my.GetValueOrDefault(id), their.GetValueOrDefault(id), ref isClean) is { } line) lines[id] = line;

        // Who moved lines has his order; lines that only the other one knows come after them.
        var isMoved = !seen.Lines.Select(line => line.Id).SequenceEqual(theirs.Lines.Select(line => line.Id));
        var (first, then) = isMoved ? (theirs, mine) : (mine, theirs);
        var order = first.Lines.Concat(then.Lines).Select(line => line.Id).Distinct().Where(lines.ContainsKey);
        return isClean ? new QuoteContent(head, validUntil, [.. order.Select(id => lines[id])]) : null;
    }

    static SaleHead Head(SaleHead seen, SaleHead mine, SaleHead theirs, ref bool isClean) => new(
        Pick(seen.Customer, mine.Customer, theirs.Customer, ref isClean), Pick(seen.Contact, mine.Contact, theirs.Contact, ref isClean), Pick(seen.Branch, mine.Branch, theirs.Branch, ref isClean),
        Pick(seen.Plate, mine.Plate, theirs.Plate, ref isClean), Pick(seen.Vin, mine.Vin, theirs.Vin, ref isClean), Pick(seen.RequestedBy, mine.RequestedBy, theirs.RequestedBy, ref isClean),
        Pick(seen.RequestNumber, mine.RequestNumber, theirs.RequestNumber, ref isClean), Pick(seen.Channel, mine.Channel, theirs.Channel, ref isClean), Pick(seen.Note, mine.Note, theirs.Note, ref isClean));

    static QuoteLine? Line(QuoteLine? seen, QuoteLine? mine, QuoteLine? theirs, ref bool isClean)
    {
        if (mine == seen) return theirs;
        if (theirs == seen || mine == theirs) return mine;
        if (seen is null || mine is null || theirs is null)
        {
            isClean = false; // one threw away what the other went on with
            return mine ?? theirs;
        }

        return theirs with
        {
            Part = Pick(seen.Part, mine.Part, theirs.Part, ref isClean),
            Brand = Pick(seen.Brand, mine.Brand, theirs.Brand, ref isClean),
            Reference = Pick(seen.Reference, mine.Reference, theirs.Reference, ref isClean),
            Description = Pick(seen.Description, mine.Description, theirs.Description, ref isClean),
            Quantity = Pick(seen.Quantity, mine.Quantity, theirs.Quantity, ref isClean),
            UnitPrice = Pick(seen.UnitPrice, mine.UnitPrice, theirs.UnitPrice, ref isClean),
            DiscountPercent = Pick(seen.DiscountPercent, mine.DiscountPercent, theirs.DiscountPercent, ref isClean),
            TaxPercent = Pick(seen.TaxPercent, mine.TaxPercent, theirs.TaxPercent, ref isClean),
            Availability = Pick(seen.Availability, mine.Availability, theirs.Availability, ref isClean),
            IsRejected = Pick(seen.IsRejected, mine.IsRejected, theirs.IsRejected, ref isClean),
        };
    }

    static T Pick<T>(T seen, T mine, T theirs, ref bool isClean)
    {
        var same = EqualityComparer<T>.Default;
        if (same.Equals(mine, seen)) return theirs;
        isClean &= same.Equals(theirs, seen) || same.Equals(mine, theirs);
        return mine;
    }

    static Dictionary<string, QuoteLine> ById(QuoteContent content) => content.Lines.ToDictionary(line => line.Id);
}
