using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>A phone system that says who is in its queues, and can be told to let somebody in or out. What it says of them comes with <see cref="Translation.Roll"/>.</summary>
interface ICanQueue : ICanPause
{
    /// <summary>Whether a queue of its own words is the one that calls name so.</summary>
    bool IsQueue(string own, string named) => own == named;

    /// <summary>What somebody is, or would be, called in a queue by his extension; null where it has nobody of that extension to let in.</summary>
    /// <exception cref="Refusal">A setting cannot be used, or the extension is nothing that can be rung.</exception>
    string? MemberOf(string extension, string queue, QueueRoll roll, Settings settings);

    /// <param name="queue">In its own words.</param>
    /// <param name="member">As <see cref="MemberOf"/> says.</param>
    /// <param name="name">What people call him.</param>
    /// <param name="isPaused">He takes no calls yet, where that can be said of a queue.</param>
    Order Join(string queue, string member, string extension, string name, bool isPaused, Settings settings);

    Order Leave(string queue, string member);
}
