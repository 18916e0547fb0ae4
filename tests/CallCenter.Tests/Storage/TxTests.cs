using System.Data.Common;

namespace CallCenter.Tests.Storage;

public sealed class TxTests
{
    const string Insert = "insert into settings (name, value) values (@name, @value)";
    const string Find = "select name, value, null, 9007199254740993 from settings where value = @value and @value = value";

    static readonly string[] Parameters = ["name", "value"];

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_many_rows_say_comes_back_as_it_was(On database)
    {
        await using var house = await House.Open(database);
        string[] texts = ["", "x", "Peña 'o\" ; -- €😀", new string('ñ', 5000)];
        await house.Db.Write(tx => tx.RunMany(Insert, Parameters, [.. texts.Select((text, i) => new object?[] { $"n{i}", text })]));

        var found = new List<(int, string, string, bool, long)>();
        await house.Db.Read(async tx =>
        {
            await tx.QueryMany(Find, ["value"], [.. texts.Select(text => new object?[] { text })],
                (i, row) => found.Add((i, row.Text(0), row.Text(1), row.IsNull(2) && row.Value(2) is null, row.Long(3))));
            return true;
        });

        Assert.Equal(texts.Select((text, i) => (i, $"n{i}", text, true, 9007199254740993)), found);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_row_that_cannot_be_kept_is_told_and_the_next_transaction_works(On database)
    {
        await using var house = await House.Open(database);
        object?[] row = ["twice", "value"];

        await Assert.ThrowsAnyAsync<DbException>(() => house.Db.Write(tx => tx.RunMany(Insert, Parameters, [row, row])));
        await house.Db.Write(tx => tx.RunMany(Insert, Parameters, [row]));

        Assert.Equal(1, await house.Db.Read(tx => tx.One<int>("select count(*) from settings where name = 'twice'")));
    }
}
