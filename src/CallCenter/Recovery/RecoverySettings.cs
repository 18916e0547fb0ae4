using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>What a company decides about missed calls; see product.md A.9 and E.7.</summary>
/// <param name="RequireContact">Only a follow-up that was answered recovers; the source page asks just for the call (Q1).</param>
/// <param name="CapDays">Later follow-ups than this do not recover (Q10). A case stays open as long as it takes.</param>
/// <param name="CloseOnCall">A call to the customer closes the case even when he does not answer.</param>
/// <param name="CallBackMinutes">Working minutes to the first try, where a team has set itself none.</param>
/// <param name="AgainMinutes">Working minutes from one try that was not answered to the next; the last holds for all further ones.</param>
/// <param name="OrderPercent">How many of a hundred first-time callers order, while no orders are known.</param>
/// <param name="OrderCents">What they order for on average.</param>
/// <param name="SegmentPercents">The same for customers of some segments, as people write it: <c>A=40; B=25</c>.</param>
/// <param name="HalfLifeHours">After so long a missed call is worth half.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="ShortSeconds">Who hangs up before has called a short time only (Q9).</param>
/// <param name="ReturnShort">Short calls are to be returned like all others.</param>
public sealed record RecoverySettings(
    bool RequireContact = false,
    int CapDays = 30,
    bool CloseOnCall = false,
    int CallBackMinutes = 60,
    IReadOnlyList<int>? AgainMinutes = null,
    int OrderPercent = 15,
    long OrderCents = 12_000,
    int HalfLifeHours = 24,
    string Currency = "EUR",
    int ShortSeconds = 5,
    bool ReturnShort = true,
    string SegmentPercents = "")
{
    /// <summary>The name under which they stand in the server's settings.</summary>
    public const string Name = "recovery";

    const int MinutesMax = 10_080;
    const int TriesMax = 6;
    const int SegmentsMax = 20;

    public static readonly RecoverySettings Default = new();

    public string ToText() => JsonSerializer.Serialize(this with { AgainMinutes = [.. Again] });

    static readonly int[] AgainUsually = [30, 120, 480];

    public RecoveryRules Rules => new(RequireContact, TimeSpan.FromDays(CapDays));

    /// <summary>Somebody has to return this call, or had to.</summary>
    public bool AsksFor(Call call) => RecoveryRules.IsRecoverable(call) && (ReturnShort || !IsShort(call));

    /// <summary>The caller hung up almost at once, counted from when he waited or it rang.</summary>
    public bool IsShort(Call call) => call.Outcome == CallOutcome.Cancelled && call.EndedAt - (call.QueuedAt ?? call.RingingAt ?? call.StartedAt) < TimeSpan.FromSeconds(ShortSeconds);

    /// <summary>Working time from the n-th try, counted from one, to the next.</summary>
    public TimeSpan After(long tries) => TimeSpan.FromMinutes(Again[(int)Math.Clamp(tries - 1, 0, Again.Count - 1)]);

    /// <summary>How many of a hundred callers of a segment order, as far as it is said.</summary>
    public IReadOnlyList<(string Segment, int Percent)> BySegment =>
        [.. SegmentPercents.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(one => one.Split('=', StringSplitOptions.TrimEntries))
            .Where(pair => pair is [{ Length: > 0 }, var percent] && int.TryParse(percent, CultureInfo.InvariantCulture, out _)).Select(pair => (pair[0], int.Parse(pair[1], CultureInfo.InvariantCulture))).DistinctBy(pair => pair.Item1)];

    /// <summary>Null where nothing is said of it.</summary>
    public int? PercentOf(string? segment) => BySegment.Where(one => one.Segment == segment).Select(one => (int?)one.Percent).FirstOrDefault();

    /// <summary>Minutes between tries, as said or as usual.</summary>
    public IReadOnlyList<int> Again => AgainMinutes is { Count: > 0 } said ? said : AgainUsually;

    internal static Task<RecoverySettings> Read(Tx tx) => tx.Once(Name, () => Ask(tx));

    static async Task<RecoverySettings> Ask(Tx tx)
    {
        string? text = null;
        await tx.QueryMany("select value from settings where name = @name", ["name"], [[Name]], (_, row) => text = row.Text(0));
        return text is null ? Default : JsonSerializer.Deserialize<RecoverySettings>(text)!;
    }

    /// <exception cref="Refusal">One of the numbers makes no sense.</exception>
    public void Check()
    {
        void Within(string what, long number, long least, long most)
        {
            if (number < least || number > most) throw new Refusal(RefusalKind.Invalid, "recovery.number", what, least, most);
        }

        Within("cap_days", CapDays, 1, 3650);
        Within("call_back_minutes", CallBackMinutes, 1, MinutesMax);
        Within("again_minutes", Again.Count, 1, TriesMax);
        foreach (var minutes in Again) Within("again_minutes", minutes, 1, MinutesMax);
        Within("order_percent", OrderPercent, 0, 100);
        if (BySegment.Count != SegmentPercents.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length) throw new Refusal(RefusalKind.Invalid, "recovery.segments", SegmentPercents);
        Within("order_percent", BySegment.Count, 0, SegmentsMax);
        foreach (var (_, percent) in BySegment) Within("order_percent", percent, 0, 100);
        Within("order_cents", OrderCents, 0, 100_000_000);
        Within("short_seconds", ShortSeconds, 0, 60);
        Within("half_life_hours", HalfLifeHours, 1, 8760);
        if (Currency.Length != 3 || !Currency.All(char.IsAsciiLetterUpper)) throw new Refusal(RefusalKind.Invalid, "recovery.currency", Currency);
    }
}
