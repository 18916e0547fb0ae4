using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Tests.Telephony;

/// <summary>Sets what we made of a recording against what really happened; every difference is a sentence.</summary>
sealed class CaptureComparison(Capture capture)
{
    /// <summary>Between somebody's hand on a telephone and the message of it.</summary>
    const double Tolerance = 0.25;

    /// <summary>With the zero before the area; one that says more than that begins with a plus, a country or 00.</summary>
    const int NationalMax = 11;
    const int ExtensionMax = 6;

    readonly List<string> differences = [];
    string where = "";

    public IReadOnlyList<string> Of(IReadOnlyList<Call> calls)
    {
        var ours = calls.ToDictionary(call => call.ProviderCallId);
        foreach (var truth in capture.KnowableCalls)
        {
            where = truth.GetProperty("id").GetString()!;
            if (ours.Remove(truth.GetProperty("pbx").GetProperty("linkedid").GetString()!, out var call)) Compare(truth, call);
            else Differ("call", "one", "none");
        }

        where = "";
        foreach (var call in ours.Values) Differ("calls", "no more", $"{call.ProviderCallId} {call.Direction} {call.FromRaw} -> {call.ToRaw}");
        return differences;
    }

    void Compare(JsonElement truth, Call call)
    {
        Same("direction", truth.Text("direction"), call.Direction.ToString().ToLowerInvariant());
        Same("from", truth.Text("caller") ?? "", call.FromRaw);
        Same("to", truth.Text("callee"), call.ToRaw);
        CompareCustomer(truth, call);
        Same("queue", truth.Text("queue"), call.Queue);
        Same("operator", truth.Text("agent"), call.Operator);
        Same("state", "Ended", call.State.ToString());
        IEnumerable<string> outcomes = truth.TryGetProperty("accept_outcomes", out var accepted)
            ? accepted.EnumerateArray().Select(outcome => outcome.GetString()!)
            : [truth.Text("outcome")!];
        if (!outcomes.Contains(JsonNamingPolicy.SnakeCaseLower.ConvertName(call.Outcome.ToString()!)))
            Differ("outcome", string.Join(" or ", outcomes), call.Outcome);

        Near("started", truth.Instant("started_at"), call.StartedAt);
        var late = truth.Instant("queued_at") is { } queued ? capture.DelayAt(queued).TotalSeconds : 0;
        Near("queued", truth.Instant("queued_at"), call.QueuedAt, late);
        // Where two readings are fair (a hang-up in the moment of the answer), the answer is one of them.
        var isArguable = truth.TryGetProperty("accept_outcomes", out _) && truth.Instant("answered_at") is null != call.AnsweredAt is null;
        Near("rang", truth.Instant("rang_at"), call.RingingAt);
        if (!isArguable) Near("answered", truth.Instant("answered_at"), call.AnsweredAt);
        Near("ended", truth.Instant("ended_at"), call.EndedAt);
        var slack = capture.Gap is var (from, to) && truth.GetProperty("ended_at").GetDouble() > from && truth.GetProperty("started_at").GetDouble() < to ? to - from : 0;
        if (Math.Abs(truth.GetProperty("wait_s").GetDouble() - call.WaitSeconds!.Value) > Tolerance + slack + late) Differ("wait", truth.GetProperty("wait_s"), call.WaitSeconds);
        if (Math.Abs(truth.GetProperty("talk_s").GetDouble() - call.TalkSeconds!.Value) > Tolerance + slack) Differ("talk", truth.GetProperty("talk_s"), call.TalkSeconds);

        CompareQueues(truth.GetProperty("queues").EnumerateArray().ToList(), call.Queues);
        CompareAttempts(truth, Seen(truth.GetProperty("legs").EnumerateArray()).ToList(), call.Attempts);
        CompareTransfers(truth.GetProperty("transfers").EnumerateArray().ToList(), call.Transfers);
        CompareHolds(truth.GetProperty("holds").EnumerateArray().ToList(), call.Holds);
    }

    /// <summary>
    /// A number written as at home may leave out the mark of a mobile, and then nobody but its owner knows that it has one.
    /// Truth knows no customer of who hides, of colleagues, and of a call that was picked up elsewhere.
    /// </summary>
    void CompareCustomer(JsonElement truth, Call call)
    {
        var written = truth.Text(truth.Text("direction") == "outbound" ? "callee" : "caller") ?? "";
        if (truth.Text("customer_e164") is not { } customer)
            Same("customer", null, written.Length > ExtensionMax && written.All(char.IsAsciiDigit) ? null : call.CustomerNumber);
        else if (written.Length <= NationalMax && written.All(char.IsAsciiDigit))
            Same("customer", PhoneNumber.MatchKeyOf(customer), call.CustomerSide?.MatchKey);
        else
            Same("customer", customer, call.CustomerNumber);
    }

    /// <summary>A telephone that rang and stopped while the link was down left no trace.</summary>
    IEnumerable<JsonElement> Seen(IEnumerable<JsonElement> legs) =>
        legs.Where(leg => capture.Gap is not var (from, to) || !(leg.GetProperty("rang_at").GetDouble() > from && leg.GetProperty("ended_at").GetDouble() < to));

    void CompareQueues(List<JsonElement> truth, IReadOnlyList<QueueVisit> visits)
    {
        Same("queues", string.Join(", ", truth.Select(visit => visit.Text("queue"))), string.Join(", ", visits.Select(visit => visit.Queue)));
        foreach (var (expected, visit) in truth.Zip(visits))
        {
            Near($"joined {visit.Queue}", expected.Instant("joined_at"), visit.JoinedAt, capture.DelayAt(expected.Instant("joined_at")!.Value).TotalSeconds);
            Near($"left {visit.Queue}", expected.Instant("left_at"), visit.LeftAt);
        }
    }

    void CompareAttempts(JsonElement call, List<JsonElement> truth, IReadOnlyList<Attempt> attempts)
    {
        // Telephones that ring together may stand in either order.
        var rest = attempts.ToList();
        DateTimeOffset? last = null;
        foreach (var leg in truth)
        {
            var who = leg.Text("who")!;
            var index = rest.FindIndex(attempt => attempt.Leg == leg.Text("uniqueid"));
            if (index < 0)
            {
                Differ($"attempt {who}", $"{leg.Text("result")} {leg.Text("uniqueid")}", string.Join(", ", attempts.Select(attempt => $"{attempt.Operator} {attempt.Leg}")));
                continue;
            }

            var found = rest[index];
            rest.RemoveAt(index);
            Same("attempt of", who, found.Operator);
            Near($"{who} rang", leg.Instant("rang_at"), found.RangAt);
            Near($"{who} answered", leg.Instant("answered_at"), found.AnsweredAt);
            // After a blind transfer truth measures when the agent's telephone was free again; he left the call with the transfer.
            var passedOn = call.GetProperty("transfers").EnumerateArray().LastOrDefault(transfer => transfer.Text("by") == who);
            Near($"{who} ended", passedOn.ValueKind == JsonValueKind.Object && passedOn.Instant("agent_free_at") is not null ? passedOn.Instant("t") : leg.Instant("ended_at"), found.EndedAt);
            var result = ResultOf(call, leg, passedOn.ValueKind == JsonValueKind.Object);
            if (result != found.Result) Differ($"{who} result", $"{leg.Text("result")} ({result})", found.Result);
            var at = found.RangAt ?? found.AnsweredAt ?? found.EndedAt;
            if (at < last?.AddSeconds(-Tolerance)) Differ("order of attempts", who, found.Leg);
            last = at;
        }

        foreach (var attempt in rest) Differ("attempts", "no more", $"{attempt.Operator} {attempt.Leg} {attempt.Result}");
    }

    /// <summary>What a telephone stopped ringing for, truth shows by what happened in that moment.</summary>
    static AttemptResult ResultOf(JsonElement call, JsonElement leg, bool passedOn)
    {
        bool IsThen(DateTimeOffset? at) => at is { } instant && (instant - leg.Instant("ended_at")!.Value).Duration().TotalSeconds <= Tolerance;
        return leg.Text("result")! switch
        {
            "answered" when passedOn => AttemptResult.TransferredOut,
            "answered" or "picked_up" or "retrieved" => AttemptResult.Answered,
            "busy" => AttemptResult.Busy,
            "forwarded" => AttemptResult.Forwarded,
            "rejected_403" or "rejected_404" or "rejected_503" => AttemptResult.Failed,
            "rejected_480" => AttemptResult.NotAnswered, // not registered or do not disturb: nobody looked at it
            "rejected_603" => AttemptResult.Declined,
            "stopped_ringing" when call.GetProperty("legs").EnumerateArray().Any(other => IsThen(other.Instant("answered_at"))) => AttemptResult.AnsweredElsewhere,
            "stopped_ringing" when call.Text("outcome") == "cancelled" && IsThen(call.Instant("ended_at")) => AttemptResult.Cancelled,
            "stopped_ringing" => AttemptResult.NotAnswered,
            var unknown => throw new InvalidOperationException($"No rule for a leg that {unknown}."),
        };
    }

    void CompareTransfers(List<JsonElement> truth, IReadOnlyList<Transfer> transfers)
    {
        Same("transfers", string.Join(", ", truth.Select(transfer => $"{transfer.Text("kind")} {transfer.Text("by")} -> {transfer.Text("to")}")),
            string.Join(", ", transfers.Select(transfer => $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(transfer.Kind.ToString())} {transfer.From} -> {transfer.To}")));
        foreach (var (expected, transfer) in truth.Zip(transfers)) Near("transferred", expected.Instant("t"), transfer.At);
    }

    void CompareHolds(List<JsonElement> truth, IReadOnlyList<Hold> holds)
    {
        Same("holds", truth.Count, holds.Count);
        foreach (var (expected, hold) in truth.Zip(holds))
        {
            Near("held", expected.Instant("from"), hold.From);
            Near("resumed", expected.Instant("to"), hold.To);
        }
    }

    void Near(string what, DateTimeOffset? truth, DateTimeOffset? ours, double late = 0)
    {
        var slack = capture.Gap is var (from, to) && truth is { } instant && instant.ToUnixTimeMilliseconds() / 1000.0 is var t && t > from - Tolerance && t < to + Tolerance
            ? to - from
            : 0;
        if (truth is null ? ours is not null : ours is null || (ours - truth).Value.Duration().TotalSeconds > Tolerance + slack + late)
            Differ(what, Show(truth), Show(ours));
    }

    static string Show(DateTimeOffset? at) => at?.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) ?? "never";

    void Same(string what, object? truth, object? ours)
    {
        if (!Equals(truth, ours)) Differ(what, truth, ours);
    }

    void Differ(string what, object? truth, object? ours) => differences.Add($"{where} {what}: in truth {truth ?? "none"}, here {ours ?? "none"}");
}

static class TruthReading
{
    public static string? Text(this JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static DateTimeOffset? Instant(this JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? DateTimeOffset.UnixEpoch.AddSeconds((double)value.GetDecimal()) : null;
}
