using CallCenter.Audit;
using CallCenter.Parts;

namespace CallCenter.Tests.Parts;

public sealed class PartCatalogueTests
{
    static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_part_is_found_by_its_reference_however_it_is_spaced_then_by_the_beginning_then_by_cross_references_then_by_words(On database)
    {
        await using var house = await House.Open(database);
        await house.Parts.Put(APart("BOSCH", "0 986 494 104", "Juego de pastillas de freno delanteras", ("VAG", "1K0 698 151 F")), Actor.Console);
        await house.Parts.Put(APart("BOSCH", "0 986 494 1040", "Kit de montaje"), Actor.Console);
        await house.Parts.Put(APart("ATE", "13.0460-7184.2", "Pastillas de freno", ("BOSCH", "0986494104")), Actor.Console);
        await house.Parts.Put(APart("Texto", "X1", "Sustituye a la 0986494104 en todo"), Actor.Console);

        Assert.Equal(["0 986 494 104 Reference", "0 986 494 1040 ReferenceBegins", "13.0460-7184.2 CrossReference", "X1 Words"], await Found(house, "0986.494-104"));
        Assert.Equal(["0 986 494 104 ReferenceBegins", "0 986 494 1040 ReferenceBegins", "13.0460-7184.2 CrossReferenceBegins", "X1 Words"], await Found(house, "0986 49"));
        Assert.Equal(["0 986 494 104 CrossReference"], await Found(house, "1k0698151f"));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Words_stand_in_any_order_with_or_without_accents_in_the_singular_or_plural_and_the_last_may_be_half(On database)
    {
        await using var house = await House.Open(database);
        await house.Parts.Put(APart("MANN-FILTER", "W 712/75", "FILTROS DE HABITÁCULO (carbón activo)") with { Stock = new(0, Noon) }, Actor.Console);
        await house.Parts.Put(APart("MAHLE", "OX 345", "Filtro de aceite") with { Stock = new(3, Noon) }, Actor.Console);
        await house.Parts.Put(APart("Bosch", "F 026", "Amortiguador trasero"), Actor.Console);

        Assert.Equal(["OX 345 Words", "W 712/75 Words"], await Found(house, "filtro"));
        Assert.Equal(["W 712/75 Words"], await Found(house, "habitaculo filtro"));
        Assert.Equal(["W 712/75 Words"], await Found(house, "Filtros CARBON mann"));
        Assert.Equal(["W 712/75 Words"], await Found(house, "mannfilter"));
        Assert.Equal(["W 712/75 Words"], await Found(house, "mann w712"));
        Assert.Equal(["W 712/75 Words"], await Found(house, "mann w 712 75"));
        Assert.Equal(["W 712/75 Words"], await Found(house, "w 712/75 mann"));
        Assert.Equal(["OX 345 Words"], await Found(house, "filtros acei"));
        Assert.Equal(["F 026 Words"], await Found(house, "amortiguadores trase"));
        Assert.Empty(await Found(house, "filtro amortiguador"));
        Assert.Empty(await Found(house, "' & | ! ( ) : * \" --"));
        Assert.Equal(3, (await house.Parts.Search("", 50)).Count);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_a_part_was_called_before_no_longer_leads_to_it_and_its_price_falls_back_to_everybodys(On database)
    {
        await using var house = await House.Open(database);
        var put = await house.Parts.Put(APart("Bosch", "A-1", "Bujía") with { Prices = new Dictionary<string, Money> { [""] = new(1000), ["Taller"] = new(800) } }, Actor.Console);
        await house.Parts.Change(put.Id, part => part with { Reference = "B-2", Description = "Calentador" }, Actor.Console);

        Assert.Empty(await Found(house, "bujia"));
        Assert.Empty(await Found(house, "a1"));
        Assert.Equal(["B-2 Words"], await Found(house, "calentador"));
        var kept = (await house.Parts.Find("BOSCH", "b2"))!;
        Assert.Equal((put.Id, new Money(800), new Money(1000), new Money(1000)), (kept.Id, kept.PriceFor("taller"), kept.PriceFor("Otra"), kept.PriceFor(null)));
        Assert.Equal(["Taller"], await house.Parts.Tiers());
        await house.Parts.Put(APart("Bosch", "C-3", ""), Actor.Console);
        var refused = await Assert.ThrowsAsync<Refusal>(() => house.Parts.Change(put.Id, part => part with { Reference = "c 3" }, Actor.Console));
        Assert.Equal("part.exists", refused.Code);
    }

    static Part APart(string brand, string reference, string description, params (string Brand, string Reference)[] crosses) => new()
    {
        Brand = brand,
        Reference = reference,
        Description = description,
        CrossReferences = [.. crosses.Select(cross => new CrossReference(cross.Brand, cross.Reference))],
    };

    static async Task<IEnumerable<string>> Found(House house, string text) => (await house.Parts.Search(text, 20)).Select(found => $"{found.Part.Reference} {found.Match}");
}
