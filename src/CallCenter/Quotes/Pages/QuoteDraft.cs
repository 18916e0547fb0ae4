using CallCenter.Parts;

namespace CallCenter.Quotes.Pages;

/// <summary>A line as somebody types it.</summary>
sealed class LineDraft
{
    /// <summary>Not nought: then the field is empty, and the quantity one.</summary>
    static readonly decimal QuantityMin = 0.001m;

    QuoteLine line;

    public LineDraft(QuoteLine line)
    {
        this.line = line;
        Take(line);
    }

    public string Id => line.Id;

    public NumberDraft Quantity { get; } = new(SaleLine.QuantityPlaces, QuantityMin, SaleLine.QuantityMax, "0.###", 1);

    public NumberDraft Price { get; } = new(2, 0, SaleLine.PriceMax.Amount, "0.00", null);

    public NumberDraft Discount { get; } = new(SaleLine.PercentPlaces, 0, 100, "0.##", 0);

    public NumberDraft Tax { get; } = new(SaleLine.PercentPlaces, 0, 100, "0.##", null);

    /// <summary>Parts offered for what is typed as its reference.</summary>
    public IReadOnlyList<FoundPart> Offered { get; set; } = [];

    /// <summary>What is in the catalogue about it now.</summary>
    public Part? Part { get; set; }

    public QuoteLine Line => line with
    {
        Quantity = Quantity.Value ?? 1,
        UnitPrice = Price.Value is { } price ? Money.Round(price) : null,
        DiscountPercent = Discount.Value ?? 0,
        TaxPercent = Tax.Value ?? line.TaxPercent,
    };

    /// <summary>Nothing is typed yet; it waits at the end.</summary>
    public bool IsBlank => Line.IsEmpty && Price.Text.Length == 0 && Quantity.Text.Length == 0;

    public void Write(Func<QuoteLine, QuoteLine> change) => line = change(line);

    /// <summary>Another reference is no longer the part that was picked.</summary>
    public void Refer(string text)
    {
        line = line with { Reference = text, Part = line.Reference == text ? line.Part : null };
        if (line.Part is null) Part = null;
    }

    /// <param name="price">For whom it is.</param>
    public void Pick(Part part, Money? price, decimal usualTax, string availability)
    {
        Part = part;
        Offered = [];
        Take(Line with
        {
            Part = part.Id,
            Brand = part.Brand,
            Reference = part.Reference,
            Description = part.Description.Length > SaleLine.TextMax ? part.Description[..SaleLine.TextMax] : part.Description,
            UnitPrice = price <= SaleLine.PriceMax ? price : null,
            TaxPercent = part.TaxPercent ?? usualTax,
            Availability = availability,
        });
    }

    public void Take(QuoteLine taken)
    {
        line = taken;
        Quantity.Take(taken.Quantity);
        Price.Take(taken.UnitPrice?.Amount);
        Discount.Take(taken.DiscountPercent);
        Tax.Take(taken.TaxPercent);
    }
}

/// <summary>A quote as it is written on a screen: always one empty line at the end, and every text as it was typed.</summary>
sealed class QuoteDraft
{
    readonly decimal usualTax;

    public QuoteDraft(QuoteContent content, decimal usualTax)
    {
        (this.usualTax, Head, ValidUntil) = (usualTax, content.Head, content.ValidUntil);
        Lines.AddRange(content.Lines.Select(line => new LineDraft(line)));
        Lengthen();
    }

    public SaleHead Head { get; set; }

    public DateOnly ValidUntil { get; set; }

    public List<LineDraft> Lines { get; } = [];

    /// <summary>What is to be kept of it.</summary>
    public QuoteContent Content => new(Head, ValidUntil, [.. Lines.Select(draft => draft.Line).Where(line => !line.IsEmpty)]);

    public bool IsWrong => Lines.Exists(line => line.Quantity.IsWrong || line.Price.IsWrong || line.Discount.IsWrong || line.Tax.IsWrong);

    /// <summary>A line at the end for what comes next.</summary>
    public void Lengthen()
    {
        if (Lines.Count < Quote.LinesMax && (Lines.Count == 0 || !Lines[^1].IsBlank)) Lines.Add(new LineDraft(new QuoteLine { TaxPercent = usualTax }));
    }

    public void Remove(LineDraft line)
    {
        Lines.Remove(line);
        Lengthen();
    }

    /// <summary>It is this now; lines in which nothing is typed stay where they are.</summary>
    public void Take(QuoteContent content)
    {
        (Head, ValidUntil) = (content.Head, content.ValidUntil);
        var (known, blank) = (Lines.Where(line => !line.Line.IsEmpty).ToDictionary(line => line.Id), Lines.Where(line => line.Line.IsEmpty).ToList());
        Lines.Clear();
        foreach (var line in content.Lines)
            if (known.GetValueOrDefault(line.Id) is { } draft)
            {
                if (draft.Line != line) draft.Take(line);
                Lines.Add(draft);
            }
            else Lines.Add(new LineDraft(line));
        Lines.AddRange(blank);
        Lengthen();
    }
}
