using CallCenter.Calls;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Recovery;

/// <summary>What tests of missed calls ask of recorded sessions and of the database behind the screens.</summary>
static class RecordedMisses
{
    /// <summary>Both databases, each with the sessions of both phone systems.</summary>
    public static TheoryData<On, string> Everywhere =>
        [.. new[] { On.Sqlite, On.Postgres }.SelectMany(database => new[] { Capture.Asterisk, Capture.FreeSwitch }.Select(system => (database, system)))];

    /// <summary>The calls that customers placed in these sessions: by the phone system's id, who of us picked up, and how it ended.</summary>
    public static Dictionary<string, (string? Agent, string Outcome, IReadOnlyList<(string Who, bool PickedUp)> Rung)> Lived(string system, params string[] scenarios) =>
        scenarios.SelectMany(scenario => new Capture(scenario, system).KnowableCalls).Where(call => call.Text("direction") == "inbound").ToDictionary(
            call => call.GetProperty("pbx").Text("linkedid")!,
            call => (call.Text("agent"), call.Text("outcome")!,
                (IReadOnlyList<(string, bool)>)[.. call.GetProperty("legs").EnumerateArray().Select(leg => (leg.Text("who")!, leg.Instant("answered_at") is not null)).Order()]));

    public static async Task Hear(this House house, string system, params string[] scenarios)
    {
        foreach (var scenario in scenarios) await house.Hear([.. new Capture(scenario, system).Events()]);
    }

    /// <summary>Every session that there is of a phone system.</summary>
    public static Task HearAll(this House house, string system) => house.Hear(system, [.. Capture.ScenariosOf(system)]);

    /// <summary>Which case each call is in, past the screens; a call in two would be there twice.</summary>
    public static Task<List<(long Call, long Case)>> InCases(this House house) =>
        house.Db.Read(tx => tx.List<(long, long)>("select call_id, case_id from case_calls order by call_id, case_id"));

    /// <summary>Grows whenever a case is made or changed, if only for a moment.</summary>
    public static Task<long> CaseVersion(this House house) => house.CaseList.NewestVersion(CancellationToken.None);

    public static async Task<HashSet<long>> Missed(this House house) => [.. (await house.Calls(new CallFilter(Missed: true))).Select(call => call.Id)];
}
