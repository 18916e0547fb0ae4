namespace CallCenter.Telephony.Pages;

/// <summary>
/// Secrets made on this page, readable until the person says so or leaves: shown once, and never again. One per circuit,
/// so nobody else sees them.
/// </summary>
public sealed class FreshSecrets
{
    readonly Dictionary<(string Connection, string Key), string> fresh = [];

    public string? Find(string connection, string key) => fresh.GetValueOrDefault((connection, key));

    public void Show(string connection, string key, string secret) => fresh[(connection, key)] = secret;

    public void Forget(string connection, string key) => fresh.Remove((connection, key));
}
