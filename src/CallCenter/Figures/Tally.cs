using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>How often each whole number occurred; enough for a median, and exact.</summary>
public sealed class Spread
{
    static readonly Dictionary<int, long> None = [];

    /// <summary>Made when there is something to count: most totals are read without their spreads.</summary>
    Dictionary<int, long> counts = None;

    public long Count { get; private set; }

    public double? Mean => Count == 0 ? null : (double)counts.Sum(pair => pair.Key * pair.Value) / Count;

    /// <summary>Of an even number the mean of the two in the middle.</summary>
    public double? Median => Count == 0 ? null : ((double)At((Count + 1) / 2) + At(Count / 2 + 1)) / 2;

    /// <summary>Nine in ten are not more than this.</summary>
    public int? P90 => Count == 0 ? null : At((Count * 9 + 9) / 10);

    /// <summary>How many are not more than a number.</summary>
    public long Within(int most) => counts.Where(pair => pair.Key <= most).Sum(pair => pair.Value);

    internal void Add(int number, long times = 1)
    {
        if (ReferenceEquals(counts, None)) counts = [];
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, number, out _);
        count += times;
        Count += times;
        if (count == 0) counts.Remove(number);
    }

    internal void Add(Spread other, int sign)
    {
        foreach (var (number, times) in other.counts) Add(number, sign * times);
    }

    internal bool IsEmpty => counts.Count == 0;

    /// <summary>The numbers in their order, each with how often it occurred.</summary>
    public IEnumerable<(int Number, long Times)> Sorted => counts.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value));

    /// <summary>As <c>3 4*5 20</c>: a three, five fours, a twenty.</summary>
    internal void Write(StringBuilder to)
    {
        var isFirst = true;
        foreach (var (number, times) in Sorted)
        {
            if (!isFirst) to.Append(' ');
            isFirst = false;
            to.Append(CultureInfo.InvariantCulture, $"{number}");
            if (times != 1) to.Append(CultureInfo.InvariantCulture, $"*{times}");
        }
    }

    internal void Read(ReadOnlySpan<char> text, int sign)
    {
        foreach (var range in text.Split(' '))
        {
            var part = text[range];
            if (part.IsEmpty) continue;
            var star = part.IndexOf('*');
            Add(int.Parse(star < 0 ? part : part[..star], CultureInfo.InvariantCulture), sign * (star < 0 ? 1 : long.Parse(part[(star + 1)..], CultureInfo.InvariantCulture)));
        }
    }

    int At(long place)
    {
        foreach (var (number, times) in Sorted)
            if ((place -= times) <= 0) return number;
        throw new InvalidOperationException("There are not so many.");
    }
}

/// <summary>Sums over calls that ended. Durations in milliseconds where they say so, else in seconds.</summary>
public sealed class Tally
{
    public long Calls { get; private set; }

    public long Cancelled { get; private set; }

    public long NoAnswer { get; private set; }

    public long Busy { get; private set; }

    public long Failed { get; private set; }

    /// <summary>Answered; for calls of ours by the other side.</summary>
    public long Answered => Calls - Cancelled - NoAnswer - Busy - Failed;

    /// <summary>Of answered calls, until the answer.</summary>
    public long WaitMs { get; private set; }

    /// <summary>Of answered calls, from the first ring to the answer.</summary>
    public long RingMs { get; private set; }

    /// <summary>Holds included.</summary>
    public long TalkMs { get; private set; }

    public long HoldMs { get; private set; }

    /// <summary>How often a telephone of ours rang and was not picked up; a call may ring several.</summary>
    public long InVain { get; private set; }

    /// <summary>Missed calls that these calls made good by calling back.</summary>
    public long Recoveries { get; private set; }

    /// <summary>From the ends of those to the calls back.</summary>
    public long RecoverySeconds { get; private set; }

    /// <summary>Cases whose last missed call is among these.</summary>
    public long Cases { get; private set; }

    public long ClosedCases { get; private set; }

    /// <summary>Why calls were missed, by the number of the <see cref="MissedReason"/>.</summary>
    public Spread Reasons => Spreads[0];

    /// <summary>How long callers waited who were answered, seconds begun.</summary>
    public Spread Waits => Spreads[1];

    /// <summary>How long those waited who gave up, seconds begun.</summary>
    public Spread GivenUp => Spreads[2];

    /// <summary>How long it rang or they were queued before they gave up, whole seconds; from <see cref="PatienceMax"/> on as that.</summary>
    public Spread Patience => Spreads[3];

    /// <summary>From the end of the missed call to the first call back, whole seconds.</summary>
    public Spread RecoveredAfter => Spreads[4];

    /// <summary>The same to the first that was answered.</summary>
    public Spread ReachedAfter => Spreads[5];

    /// <summary>Nobody asks whether a longer time was a short one.</summary>
    public const int PatienceMax = 60;

    const int Numbers = 14;

    internal static readonly string[] Sums =
        ["calls", "cancelled", "no_answer", "busy", "failed", "wait_ms", "ring_ms", "talk_ms", "hold_ms", "in_vain", "recoveries", "recovery_seconds", "cases", "closed_cases"];

    Spread[] Spreads { get; } = [new(), new(), new(), new(), new(), new()];

    internal bool IsEmpty
    {
        get
        {
            Span<long> values = stackalloc long[Numbers];
            Write(values);
            return !values.ContainsAnyExcept(0) && Spreads.All(spread => spread.IsEmpty);
        }
    }

    /// <param name="countsInVain">The telephones that rang in vain too; where each operator is told of his own they are counted apart.</param>
    internal void Add(CountedCall call, int sign, bool countsInVain = true)
    {
        Calls += sign;
        switch (call.Outcome)
        {
            case CallOutcome.Completed:
                (WaitMs, RingMs) = (WaitMs + sign * call.Wait, RingMs + sign * call.Ring);
                (TalkMs, HoldMs) = (TalkMs + sign * call.Talk, HoldMs + sign * call.Hold);
                if (call.Direction == Direction.Inbound) Waits.Add(Begun(call.Wait), sign);
                break;
            case CallOutcome.Cancelled: Cancelled += sign; break;
            case CallOutcome.NoAnswer: NoAnswer += sign; break;
            case CallOutcome.Busy: Busy += sign; break;
            case CallOutcome.Failed: Failed += sign; break;
            default: throw new InvalidOperationException($"No rule for {call.Outcome}.");
        }

        if (countsInVain) InVain += sign * call.InVain.Count;
        Recoveries += sign * call.Recoveries;
        RecoverySeconds += sign * call.RecoverySeconds;
        if (call.Case is { } isClosed) (Cases, ClosedCases) = (Cases + sign, ClosedCases + (isClosed ? sign : 0));
        if (call.Reason is { } reason) Reasons.Add((int)reason, sign);
        if (call.Patience is { } patience)
        {
            GivenUp.Add(Begun(call.Wait), sign);
            Patience.Add((int)Math.Clamp(patience / 1000, 0, PatienceMax), sign);
        }

        if (call.RecoveredAfter is { } recovered) RecoveredAfter.Add(recovered, sign);
        if (call.ReachedAfter is { } reached) ReachedAfter.Add(reached, sign);
    }

    internal void AddInVain(int sign) => InVain += sign;

    internal void Add(Tally other, int sign = 1)
    {
        Span<long> values = stackalloc long[Numbers];
        other.Write(values);
        Add(values, sign);
        for (var i = 0; i < Spreads.Length; i++) Spreads[i].Add(other.Spreads[i], sign);
    }

    /// <summary>From a row in which <see cref="Sums"/> begin at a column, and the spreads follow if they were asked for.</summary>
    internal void Add(IRow row, int column, int sign = 1, bool withSpreads = true)
    {
        Span<long> values = stackalloc long[Numbers];
        for (var i = 0; i < values.Length; i++) values[i] = row.Long(column + i);
        Add(values, sign);
        if (withSpreads) ReadSpreads(row.Text(column + values.Length), sign);
    }

    /// <summary>For a row of these columns: <see cref="Sums"/>, then the spreads.</summary>
    internal object?[] ToRow(long key, long at)
    {
        Span<long> values = stackalloc long[Numbers];
        Write(values);
        var row = new object?[Numbers + 3];
        (row[0], row[1], row[^1]) = (key, at, SpreadsText());
        for (var i = 0; i < values.Length; i++) row[i + 2] = values[i];
        return row;
    }

    /// <summary>What a row says, in which <see cref="Sums"/> and the spreads begin at a column.</summary>
    internal bool IsSameAs(IRow row, int column)
    {
        Span<long> values = stackalloc long[Numbers];
        Write(values);
        for (var i = 0; i < values.Length; i++)
            if (row.Long(column + i) != values[i]) return false;
        return row.Text(column + values.Length) == SpreadsText();
    }

    void Add(ReadOnlySpan<long> values, int sign)
    {
        Calls += sign * values[0];
        Cancelled += sign * values[1];
        NoAnswer += sign * values[2];
        Busy += sign * values[3];
        Failed += sign * values[4];
        WaitMs += sign * values[5];
        RingMs += sign * values[6];
        TalkMs += sign * values[7];
        HoldMs += sign * values[8];
        InVain += sign * values[9];
        Recoveries += sign * values[10];
        RecoverySeconds += sign * values[11];
        Cases += sign * values[12];
        ClosedCases += sign * values[13];
    }

    /// <summary>In the order of <see cref="Sums"/>.</summary>
    void Write(Span<long> values)
    {
        values[0] = Calls;
        values[1] = Cancelled;
        values[2] = NoAnswer;
        values[3] = Busy;
        values[4] = Failed;
        values[5] = WaitMs;
        values[6] = RingMs;
        values[7] = TalkMs;
        values[8] = HoldMs;
        values[9] = InVain;
        values[10] = Recoveries;
        values[11] = RecoverySeconds;
        values[12] = Cases;
        values[13] = ClosedCases;
    }

    string SpreadsText()
    {
        var text = new StringBuilder();
        var isFirst = true;
        foreach (var spread in Spreads)
        {
            if (!isFirst) text.Append('|');
            isFirst = false;
            spread.Write(text);
        }

        return text.ToString();
    }

    void ReadSpreads(string text, int sign)
    {
        var i = 0;
        foreach (var range in text.AsSpan().Split('|')) Spreads[i++].Read(text.AsSpan(range), sign);
    }

    /// <summary>Seconds, the one that has begun as a whole, so that twenty seconds and a half are not within twenty.</summary>
    static int Begun(long ms) => (int)((ms + 999) / 1000);
}
