using CallCenter.Calls;

namespace CallCenter.Tests.Calls;

/// <summary>What a stranger may have typed as his name.</summary>
static class Hostile
{
    const string Begin = "=cmd|' /C calc'!A0\0<script>alert(1)</script>\u202Egpj.exe\u202C \u0627\u0644\u0633\u0644\u0627\u0645 \U0001F69A, \"x\" _x0041_ ]]>&amp; ";

    public static readonly string Name = Begin + new string('ñ', 50_000 - Begin.Length);

    /// <summary>The same, harmless.</summary>
    public static readonly string Shown = Name.Replace('\0', '␀').Replace('\u202E', '\uFFFD').Replace('\u202C', '\uFFFD');

    public static List<CallEvent> Call(string id, DateTimeOffset at, string? name = null)
    {
        var key = new CallKey("test", id);
        return
        [
            new CallStarted(key, at, Direction.Inbound, PhoneNumber.Parse("+34612345678", "ES"), PhoneNumber.Parse("910000000", "ES"), "910000000", CallerName: name ?? Name),
            new CallEnded(key, at.AddSeconds(9), EndCause.Normal),
        ];
    }
}
