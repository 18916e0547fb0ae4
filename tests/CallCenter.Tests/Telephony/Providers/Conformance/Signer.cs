using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

/// <summary>
/// Signs as one provider does, so that its adapter can be shown what is genuine and what only looks so. One for each
/// provider, found by its type, with the vectors that are published or were computed elsewhere.
/// </summary>
abstract class Signer
{
    /// <summary>Id of the provider.</summary>
    public abstract string Provider { get; }

    /// <summary>The setting that holds what proves the origin.</summary>
    public abstract string Key { get; }

    /// <summary>What stands in it: for each number another.</summary>
    public virtual string Secret(int number) => $"secreto-{number}-0123456789abcdef";

    /// <summary>The arrival as sent at the instant of its receipt by who knows that secret.</summary>
    public abstract Arrival Sign(Arrival arrival, int number);

    /// <summary>A body changed in one byte is refused.</summary>
    public virtual bool CoversBody => true;

    /// <summary>For how long a signature holds, either way; null where nothing dates it.</summary>
    public virtual TimeSpan? Window => null;

    /// <summary>Other settings without which nothing can be proved.</summary>
    public virtual IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    public virtual IEnumerable<Vector> Vectors => [];

    public static IEnumerable<Signer> All => typeof(Signer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Signer))).Select(type => (Signer)Activator.CreateInstance(type)!);

    public static Signer Of(string provider) => All.Single(signer => signer.Provider == provider);

    protected static Arrival With(Arrival arrival, params (string Name, string Value)[] headers) => arrival with
    {
        Url = arrival.Url.StartsWith("https:", StringComparison.Ordinal) ? arrival.Url : "https://cc.example.com/webhooks/c" + arrival.Url,
        Headers = new Dictionary<string, string>(arrival.Headers.Concat(headers.Select(header => KeyValuePair.Create(header.Name, header.Value))).GroupBy(header => header.Key)
            .Select(group => group.Last()), StringComparer.OrdinalIgnoreCase),
    };

    protected static Arrival Post(string body, DateTimeOffset at, string url, params (string Name, string Value)[] headers) =>
        With(new Arrival("c", at, "POST", url, Arrival.NoHeaders, Encoding.UTF8.GetBytes(body)), headers);

    /// <param name="What">For who reads that it failed.</param>
    public sealed record Vector(string What, Arrival Arrival, string Secret, bool IsAuthentic);
}
