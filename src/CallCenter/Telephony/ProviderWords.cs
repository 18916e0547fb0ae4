using System.Collections.Concurrent;
using System.Resources;

namespace CallCenter.Telephony;

/// <summary>
/// A provider's own words, in the reader's language, from the resource file beside it (<c>Telnyx.resx</c> and
/// <c>Telnyx.en.resx</c> beside <c>Telnyx.cs</c>): <c>about</c>, <c>how</c> (a step a line), <c>name</c> where it has no maker's, <c>setting.KEY</c>, <c>setting.KEY.help</c> and <c>choice.KEY.VALUE</c>. What is
/// called the same everywhere is said once, for all.
/// </summary>
static class ProviderWords
{
    static readonly ConcurrentDictionary<Type, ResourceManager?> Files = [];

    /// <returns>Null when this provider has no word of its own for it.</returns>
    public static string? Find(string provider, string key) =>
        Catalogue.All.TryGetValue(provider, out var known) && Files.GetOrAdd(known.GetType(), Open) is { } words ? words.GetString(key) : null;

    static ResourceManager? Open(Type provider) =>
        provider.Assembly.GetManifestResourceInfo($"{provider.FullName}.resources") is null ? null : new(provider);
}
