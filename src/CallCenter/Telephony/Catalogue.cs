namespace CallCenter.Telephony;

/// <summary>Every kind of phone system we know, found by type.</summary>
static class Catalogue
{
    public static readonly IReadOnlyDictionary<string, IProvider> All = typeof(Catalogue).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IProvider)))
        .Select(type => (IProvider)Activator.CreateInstance(type)!)
        .ToDictionary(provider => provider.Info.Id);

    /// <exception cref="Refusal">There is no such provider; the arguments list those that exist.</exception>
    public static IProvider Find(string id) => All.TryGetValue(id, out var provider)
        ? provider
        : throw new Refusal(RefusalKind.Invalid, "provider.unknown", id, string.Join(", ", All.Keys.Order(StringComparer.Ordinal)));
}
