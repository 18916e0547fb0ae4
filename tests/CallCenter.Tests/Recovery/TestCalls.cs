using CallCenter.Calls;

namespace CallCenter.Tests.Recovery;

/// <summary>What a phone system tells of plain calls, seconds after a noon.</summary>
static class TestCalls
{
    public static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    public static List<CallEvent> Told(string id, int start, int length, bool outbound, bool answered, string number, string line = "910000000", string extension = "101") =>
        Told(id, Noon.AddSeconds(start), length, outbound, answered, number, line, extension);

    public static List<CallEvent> Told(string id, DateTimeOffset at, int length, bool outbound, bool answered, string number, string line = "910000000", string extension = "101")
    {
        var key = new CallKey("test", id);
        var (customer, ours) = (PhoneNumber.Parse(number, "ES"), PhoneNumber.Parse(line, "ES"));
        List<CallEvent> told =
        [
            outbound ? new CallStarted(key, at, Direction.Outbound, ours, customer, line, Operator: extension) : new CallStarted(key, at, Direction.Inbound, customer, ours, line),
            new AttemptStarted(key, at.AddMilliseconds(100), "leg", outbound ? number : extension, outbound ? LegRole.Outside : LegRole.Operator),
        ];
        if (answered) told.Add(new AttemptAnswered(key, at.AddMilliseconds(500), "leg"));
        told.Add(new CallEnded(key, at.AddSeconds(length), answered ? EndCause.Normal : EndCause.Cancelled));
        return told;
    }

    public static List<CallEvent> Missed(string id, int start, string number, string line = "910000000", string extension = "101") =>
        Told(id, start, 10, outbound: false, answered: false, number, line, extension);

    public static List<CallEvent> GotThrough(string id, int start, string number, string line = "910000000", string extension = "101") =>
        Told(id, start, 30, outbound: false, answered: true, number, line, extension);

    public static List<CallEvent> CalledBack(string id, int start, string number, bool answered, string line = "910000000", string extension = "101") =>
        Told(id, start, 30, outbound: true, answered, number, line, extension);
}
