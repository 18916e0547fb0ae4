using CallCenter.Recovery;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public sealed class CaseAuditTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_wrong_with_cases_is_found_and_a_rebuild_mends_it(On database)
    {
        await using var house = await House.Open(database);
        await house.RuleChanges.Run();
        await house.Hear([
            .. Missed("a", 0, "612345601"), .. Missed("b", 60, "612345601"), .. CalledBack("o", 100, "612345601", answered: true), .. Missed("c", 200, "612345601"),
            .. Missed("d", 0, "612345602"), .. GotThrough("in", 50, "612345603"), .. Missed("hidden", 0, "anonymous")]);
        Assert.Equal("3 cases:", await Verified(house));

        var calls = (await house.Calls()).ToDictionary(call => call.ProviderCallId, call => call.Id);
        var cases = await house.AllCases();
        foreach (var (damage, codes) in new (string Sql, string[] Codes)[]
        {
            ($"delete from case_calls where call_id = {calls["d"]}", ["miss-without-case", "case-differs"]),
            ($"update cases set misses = 7 where id = {cases[0].Id}", ["case-differs"]),
            ($"update cases set closer_at = closer_at + 1000, closed_at = closed_at + 1000 where id = {cases.Single(one => !one.IsOpen).Id}", ["case-differs", "case-differs"]),
            ($"insert into case_calls (call_id, case_id, ended_at) values ({calls["in"]}, {cases[0].Id}, 1)", ["case-of-no-miss", "case-differs"]),
        })
        {
            await house.Db.Write(tx => tx.Run(damage));
            Assert.EndsWith($"cases: {string.Join(' ', codes.Order(StringComparer.Ordinal))}", await Verified(house));

            await house.Log.Rebuild(null, default);
            await house.RuleChanges.RunAgain(default);
            Assert.Equal("3 cases:", await Verified(house));
        }
    }

    static async Task<string> Verified(House house)
    {
        var codes = new List<string>();
        var cases = await new CaseAudit(house.Db).Verify(finding => codes.Add(finding.Code), null, default);
        return $"{cases} cases: {string.Join(' ', codes.Order(StringComparer.Ordinal))}".TrimEnd();
    }
}
