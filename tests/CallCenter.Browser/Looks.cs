using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace CallCenter.Browser;

/// <summary>What must hold of every screen, whatever it shows.</summary>
static partial class Looks
{
    static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>No barrier that axe finds, no code of the program in place of a word, nothing wider than the screen.</summary>
    public static async Task AreSound(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window")) await page.EvaluateAsync(Axe);
        var barriers = await page.EvaluateAsync<string[]>("async () => (await axe.run({ resultTypes: ['violations'] })).violations.flatMap(barrier => barrier.nodes.map(node => `${location.pathname} ${barrier.id}: ${node.html}`))");
        Assert.True(barriers.Length == 0, string.Join("\n", barriers));
        Assert.DoesNotMatch(Code(), await page.InnerTextAsync("body"));
        await Fit(page);
    }

    public static async Task Fit(IPage page)
    {
        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"{page.Url} is {overflow} pixels too wide");
    }

    [GeneratedRegex(@"\b(setting|field|words?|choice|trouble|rejected|provider|scope|time|Dot|TeamType|LineKind|NameKind|Verdict|Direction|CallState|CallOutcome|LineState|GapReason|LinkTrouble|WizardStep)\.[A-Za-z_]+\b")]
    private static partial Regex Code();
}
