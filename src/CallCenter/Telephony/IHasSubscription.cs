using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>
/// A phone system that sends only while a subscription of ours holds, and whose API says whether it does. Pure, as all that
/// providers do: it says what is to be asked next, <see cref="Subscriptions"/> asks.
/// </summary>
interface IHasSubscription : IProvider
{
    /// <summary>The settings without which nobody can look after it.</summary>
    IReadOnlyList<string> SubscriptionNeeds { get; }

    /// <exception cref="Refusal">A setting cannot be used.</exception>
    CloudRequest Look(SubscriptionWish wish, Settings settings);

    /// <summary>What an answer leads to: how it stands, or the next thing to ask.</summary>
    /// <exception cref="UnreadableException">It is not what was asked for.</exception>
    SubscriptionStep Next(SubscriptionWish wish, CloudRequest asked, CloudAnswer answer, Settings settings);
}

/// <param name="News">Our address, where the phone system is to send.</param>
/// <param name="RenewBefore">What ends before this instant is renewed now.</param>
readonly record struct SubscriptionWish(Uri News, DateTimeOffset RenewBefore);

/// <summary>One of the two.</summary>
/// <param name="Found">How it stands.</param>
/// <param name="Ask">What is to be asked next.</param>
readonly record struct SubscriptionStep(FoundSubscription? Found, CloudRequest? Ask)
{
    public static implicit operator SubscriptionStep(CloudRequest ask) => new(null, ask);

    public static implicit operator SubscriptionStep(FoundSubscription found) => new(found, null);
}

/// <param name="EndsAt">Null when it lasts until somebody ends it.</param>
/// <param name="WasDead">It did not hold when we looked, and does now.</param>
sealed record FoundSubscription(bool IsThere, DateTimeOffset? EndsAt = null, bool WasDead = false)
{
    /// <summary>There is none for our address, and a person has to make it.</summary>
    public static readonly FoundSubscription None = new(false);
}
