namespace CallCenter.Telephony;

/// <summary>A phone system in the cloud that takes tokens which we make and sign ourselves (JWT, RFC 7519), each for a short while.</summary>
interface IMakesTokens : IProvider
{
    /// <exception cref="Refusal">What it is signed with is missing or cannot be used.</exception>
    string MakeToken(Settings settings, DateTimeOffset now);
}
