using System.Globalization;

namespace CallCenter.Tests.Durability;

/// <summary>
/// How often a proof is repeated: a few times in <c>check</c>, and as often as <c>CALLCENTER_TEST_ROUNDS</c> says when
/// somebody wants to be sure.
/// </summary>
static class Rounds
{
    public static int Of(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("CALLCENTER_TEST_ROUNDS"), CultureInfo.InvariantCulture, out var given) ? given : usual;

    /// <summary>What a proof found, or why this machine cannot give it; read beside the tests' own result.</summary>
    public static void Say(string what) => Console.WriteLine($"    {what}");
}
