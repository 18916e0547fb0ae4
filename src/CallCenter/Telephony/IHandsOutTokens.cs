using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>A phone system in the cloud that takes only tokens which it hands out for a while, as OAuth 2 (RFC 6749) has it.</summary>
interface IHandsOutTokens : IProvider
{
    /// <summary>Asks for one with the credentials that stand in the settings.</summary>
    /// <exception cref="Refusal">One of them is missing or cannot be used.</exception>
    CloudRequest AskForToken(Settings settings);

    /// <summary>How long one holds where the answer does not say so.</summary>
    TimeSpan TokenLasts => TimeSpan.FromHours(1);

    /// <summary>Why there is none in an answer that looks good, in its own words; null where it has none for that.</summary>
    string? WhyNoToken(JsonPart answer) => null;

    /// <summary>The answer says that the token with which was asked holds no more.</summary>
    bool IsTokenRefused(CloudAnswer answer) => answer.Status == 401;
}
