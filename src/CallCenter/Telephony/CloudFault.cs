namespace CallCenter.Telephony;

/// <summary>Why a phone system in the cloud cannot be asked, each with a sentence that names the way out.</summary>
public enum CloudFault
{
    /// <summary>A setting is missing or cannot be used.</summary>
    Setting,

    /// <summary>No such host, nobody there, or an address inside the house.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    Silent,

    /// <summary>It does not know our credentials.</summary>
    Unauthorized,

    /// <summary>It knows them, and they lack a right.</summary>
    NotPermitted,

    /// <summary>We ask too often, and it does not want to be waited for.</summary>
    Limited,

    /// <summary>It will not; see what it said.</summary>
    Refused,

    /// <summary>It has trouble of its own.</summary>
    Broken,

    /// <summary>An answer that we do not understand, or that has no end.</summary>
    Unreadable,
}

/// <param name="said">Its own words, short and in one line; for <see cref="CloudFault.Setting"/> which one.</param>
sealed class CloudFaultException(CloudFault fault, string said = "", Exception? inner = null) : Exception($"{fault} {said}".TrimEnd(), inner)
{
    public CloudFault Fault => fault;

    public string Said => said;

    /// <summary>When it wants to be asked again, if it says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>It may be otherwise in a while, without anybody doing anything.</summary>
    public bool IsPassing => fault is CloudFault.Unreachable or CloudFault.Silent or CloudFault.Limited or CloudFault.Broken;
}
