using System.Collections.Concurrent;
using System.Globalization;
using System.Resources;

namespace CallCenter.Telephony;

/// <summary>
/// A provider's own words, in the reader's language, from the resource file beside it (<c>Telnyx.resx</c> and
/// <c>Telnyx.en.resx</c> beside <c>Telnyx.cs</c>): <c>about</c>, <c>how</c> (a step a line), <c>name</c> where it has no maker's, <c>setting.KEY</c>, <c>setting.KEY.help</c> and <c>choice.KEY.VALUE</c>,
/// and <c>lack.TELLING</c> for what to switch on there. What is
/// called the same everywhere is said once, for all.
/// </summary>
static class ProviderWords
{
    static readonly ConcurrentDictionary<Type, ResourceManager?> Files = [];

    /// <returns>Null when this provider has no word of its own for it.</returns>
    public static string? Find(string provider, string key, CultureInfo? language = null) =>
        Catalogue.All.TryGetValue(provider, out var known) && Files.GetOrAdd(known.GetType(), Open) is { } words ? words.GetString(key, language) : null;

    /// <summary>What to switch on there so that it says such a thing, of those that it can say.</summary>
    public static string Remedy(string provider, Telling lacking, CultureInfo? language = null) =>
        Find(provider, $"lack.{lacking}", language) ?? throw new InvalidOperationException($"{provider} has no word for lack.{lacking}.");

    static ResourceManager? Open(Type provider) =>
        provider.Assembly.GetManifestResourceInfo($"{provider.FullName}.resources") is null ? null : new(provider);
}
