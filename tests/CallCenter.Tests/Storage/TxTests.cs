using System.Data.Common;
using CallCenter.Storage;

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

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Every_question_knows_what_was_written_before_it(On database)
    {
        await using var house = await House.Open(database);
        const string Count = "select count(*) from settings where value = @value";
        var answers = new List<(string, int, long)>();
        Question Counts(string name, params string[] values) => new(Count, ["value"], [.. values.Select(value => new object?[] { value })], (i, row) => answers.Add((name, i, row.Long(0))));
        await house.Db.Write(async tx =>
        {
            await tx.RunMany(Insert, Parameters, [["a", "1"], ["b", "1"], ["c", "2"]]);
            await tx.Notify("people");
            await tx.QueryAll(Counts("first", "1", "2", "3"), Counts("nothing"), Counts("second", "2"));
            await tx.RunMany("update settings set value = @value where name = @name", Parameters, [["a", "2"]]);
            await tx.Notify("people");
            answers.Add(("number", 0, await tx.Number(Count, ["value"], "2")));
            await tx.RunMany(Insert, Parameters, [["d", "2"]]);
            answers.Add(("one", 0, await tx.One<long>(Count, new { value = "2" })));
            await tx.RunMany(Insert, Parameters, [.. Enumerable.Range(0, 2500).Select(i => new object?[] { $"many{i}", "4" })]);
            await tx.QueryAll(Counts("many", "4"));
            await tx.RunMany(Insert, Parameters, [["last", "5"]]);
        });

        Assert.Equal([("first", 0, 2), ("first", 1, 1), ("first", 2, 0), ("second", 0, 1), ("number", 0, 2), ("one", 0, 3), ("many", 0, 2500)], answers);
        Assert.Equal(1, await house.Db.Read(tx => tx.Number(Count, ["value"], "5")));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_cannot_be_kept_leaves_nothing_of_its_transaction_behind(On database)
    {
        await using var house = await House.Open(database);

        await Assert.ThrowsAnyAsync<DbException>(() => house.Db.Write(async tx =>
        {
            await tx.RunMany(Insert, Parameters, [["kept", "1"]]);
            await tx.Number("select count(*) from settings", []);
            await tx.RunMany(Insert, Parameters, [["kept", "2"]]);
            await tx.Number("select count(*) from settings", []);
        }));

        Assert.Equal(0, await house.Db.Read(tx => tx.One<int>("select count(*) from settings where name = 'kept'")));
    }
}
