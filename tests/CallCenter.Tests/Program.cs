using CallCenter.Tests.Durability;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace CallCenter.Tests;

/// <summary>Runs the tests; and, started by one of them as another process, plays its part there.</summary>
static class Program
{
    static Task<int> Main(string[] words) => words switch
    {
        [Accomplice.Word, .. var part] => Accomplice.Play(part),
        _ when words.Contains("--server") || words.Contains("--internal-msbuild-node") =>
            TestPlatformTestFramework.RunAsync(words, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => ConsoleRunner.Run(words),
    };
}
