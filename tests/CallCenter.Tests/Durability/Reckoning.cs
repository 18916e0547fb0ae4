using System.Text.Json;
using CallCenter.Storage;
using CallCenter.Telephony.Providers;
using CallCenter.Tests.Commands;

namespace CallCenter.Tests.Durability;

/// <summary>What was acknowledged, set against what is in the database.</summary>
static class Reckoning
{
    static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>What was acknowledged and is not there, as an arrival or as an event of its call; and arrivals without their event or the other way round.</summary>
    public static async Task<(List<string> Lost, List<string> HalfWritten)> Of(Db db, ICollection<string> acknowledged)
    {
        var (arrivals, events) = await db.Read(async tx => (
            (await tx.List<byte[]>("select body from arrivals where verdict = 'Understood'"))
                .Select(body => WebhookLoad.KeyOf(JsonSerializer.Deserialize<SimulatedPhoneSystem.Message>(body, Web)!)).ToHashSet(),
            (await tx.List<string>("select c.call_key || '/' || cast(e.ordinal as text) from call_events e join calls c on c.id = e.call_id")).ToHashSet()));
        return ([.. acknowledged.Where(key => !arrivals.Contains(key) || !events.Contains(key))],
            [.. arrivals.Except(events).Concat(events.Except(arrivals))]);
    }

    /// <summary>Everything acknowledged is there, nothing by halves, and the program's own audit agrees.</summary>
    public static async Task AssertWhole(string database, ICollection<string> acknowledged)
    {
        await using (var db = await Db.Open(database))
        {
            var (lost, halfWritten) = await Of(db, acknowledged);
            Assert.True(lost.Count == 0, $"{lost.Count} of {acknowledged.Count} acknowledged are lost: {string.Join(", ", lost.Take(5))}");
            Assert.True(halfWritten.Count == 0, $"{halfWritten.Count} are half-written: {string.Join(", ", halfWritten.Take(5))}");
        }

        var (code, output, error) = await Cli.Run("verify", "--database", database);
        Assert.True(code == 0, output + error);
    }
}
