using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>A phone system in the cloud that wants each request signed, with the time at which it is sent.</summary>
interface ISignsRequests : IProvider
{
    /// <exception cref="Refusal">What it is signed with is missing or cannot be used.</exception>
    CloudRequest Sign(CloudRequest request, Settings settings, DateTimeOffset now);
}
