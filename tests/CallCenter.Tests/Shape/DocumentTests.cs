using System.Text.RegularExpressions;

namespace CallCenter.Tests.Shape;

/// <summary>What the documents point at is there.</summary>
public partial class DocumentTests
{
    static readonly string Root = FindRoot();

    [Fact]
    public void Every_link_between_the_documents_leads_somewhere()
    {
        var broken = Documents().SelectMany(document => LinksOf(File.ReadAllText(document))
            .Where(link => !Leads(document, link))
            .Select(link => $"{Path.GetRelativePath(Root, document)}: {link}"));
        Assert.Empty(broken);
    }

    [Fact]
    public void The_search_for_links_finds_them_and_knows_where_they_lead()
    {
        var document = Path.Combine(Root, "README.md");
        Assert.Equal(["docs/operating.md", "docs/a.png", "LICENSE"], LinksOf("[a](docs/operating.md) ![b](docs/a.png) [c](https://example.com) `[d](x)`\n```\n[e](y)\n```\n[f](LICENSE)"));
        Assert.True(Leads(document, "docs/operating.md#behind-a-reverse-proxy"));
        Assert.False(Leads(document, "docs/operating.md#behind-nothing"));
        Assert.False(Leads(document, "docs/nothing.md"));
    }

    static IEnumerable<string> Documents() => Directory.EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Where(file => !Regex.IsMatch(file, @"[/\\](bin|obj|\.git)[/\\]"));

    static IEnumerable<string> LinksOf(string text) => Link().Matches(Code().Replace(text, "")).Select(found => found.Groups[1].Value)
        .Where(link => !link.Contains("://") && !link.StartsWith("mailto:", StringComparison.Ordinal));

    static bool Leads(string document, string link)
    {
        var (path, anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, "");
        var target = path.Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, path);
        return anchor.Length == 0 ? Path.Exists(target)
            : File.Exists(target) && Heading().Matches(File.ReadAllText(target)).Any(heading => AnchorOf(heading.Groups[1].Value) == anchor);
    }

    static string AnchorOf(string heading) => Regex.Replace(heading.Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-');

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CallCenter.slnx"))) folder = folder.Parent;
        return folder!.FullName;
    }

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ +(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
