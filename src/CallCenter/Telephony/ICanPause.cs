using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>What a phone system says of one who takes calls of its queues.</summary>
/// <param name="Member">What the phone system calls him there, and wants to be called when it is told something of him.</param>
/// <param name="Extension">His telephone, as in the calls.</param>
/// <param name="IsPaused">In all queues that he is in; null when he is in none any more.</param>
/// <param name="Reason">In its words; null where it knows no reasons.</param>
/// <param name="At">Since when that holds at the earliest; after a lost link nobody knows better than since that.</param>
sealed record MemberWord(string Member, string Extension, bool? IsPaused, string? Reason, DateTimeOffset At);

/// <summary>
/// A phone system that knows who of its queues pauses, and can be told. What it says of them comes with <see cref="Translation.Members"/>, all of them
/// anew after each link.
/// </summary>
interface ICanPause : ICanCall
{
    /// <param name="member">As in <see cref="MemberWord.Member"/>.</param>
    /// <param name="reason">One word; empty for who is back.</param>
    Order Pause(string member, bool isPaused, string reason);
}
