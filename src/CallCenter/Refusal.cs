namespace CallCenter;

/// <summary>Why a person's wish cannot be granted, in the classes an HTTP answer knows.</summary>
public enum RefusalKind
{
    Invalid,
    Forbidden,
    NotFound,
    Conflict,
    Unavailable,
}

/// <summary>A wish that the rules do not allow. The code finds the sentence people read; the arguments fill it.</summary>
public sealed class Refusal(RefusalKind kind, string code, params object[] arguments)
    : Exception($"{code} {string.Join(", ", arguments)}".TrimEnd())
{
    public RefusalKind Kind { get; } = kind;

    public string Code { get; } = code;

    public IReadOnlyList<object> Arguments { get; } = arguments;
}
