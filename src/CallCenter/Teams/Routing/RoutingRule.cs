namespace CallCenter.Teams;

/// <summary>Whose telephone rings.</summary>
public enum RoutingOrder
{
    /// <summary>All that are free, at once.</summary>
    Everybody,

    /// <summary>One after the other, in the team's order.</summary>
    InOrder,

    /// <summary>One after the other, whoever has been without a call for longest first.</summary>
    LongestIdle,
}

/// <summary>What becomes of a call on one of a team's lines, where that is for us to decide.</summary>
public sealed record RoutingRule
{
    public const int TextMax = 500, SecondsMax = 3600, RingMin = 5, RingMax = 120;

    /// <summary>In which a machine speaks; those that every phone system we can tell knows.</summary>
    public static readonly IReadOnlyList<string> Languages = ["es-ES", "es-US", "en-GB", "en-US", "pt-PT", "pt-BR", "fr-FR", "it-IT", "de-DE"];

    public static readonly RoutingRule Default = new();

    public RoutingOrder Order { get; init; } = RoutingOrder.Everybody;

    /// <summary>Ids of people, for <see cref="RoutingOrder.InOrder"/>; who is not named comes after them.</summary>
    public IReadOnlyList<string> People { get; init; } = [];

    /// <summary>How long a telephone rings before the next does.</summary>
    public int RingSeconds { get; init; } = 20;

    /// <summary>The team that takes over; null when none does.</summary>
    public string? OverflowTeam { get; init; }

    public int OverflowSeconds { get; init; } = 60;

    /// <summary>After so long nobody comes any more.</summary>
    public int WaitSeconds { get; init; } = 300;

    public string Language { get; init; } = Languages[0];

    /// <summary>Said before anything else.</summary>
    public string Greeting { get; init; } = "";

    /// <summary>Address of a sound that is played while the caller waits; silence without one.</summary>
    public string Music { get; init; } = "";

    /// <summary>Said when the team does not answer at that hour.</summary>
    public string ClosedText { get; init; } = "";

    /// <summary>Said when nobody is there or nobody came.</summary>
    public string NobodyText { get; init; } = "";

    /// <summary>After either the caller can leave a message.</summary>
    public bool Voicemail { get; init; }

    public bool Equals(RoutingRule? other) => other is not null && Order == other.Order && People.SequenceEqual(other.People) && RingSeconds == other.RingSeconds
        && OverflowTeam == other.OverflowTeam && OverflowSeconds == other.OverflowSeconds && WaitSeconds == other.WaitSeconds && Language == other.Language
        && Greeting == other.Greeting && Music == other.Music && ClosedText == other.ClosedText && NobodyText == other.NobodyText && Voicemail == other.Voicemail;

    public override int GetHashCode() => HashCode.Combine(Order, RingSeconds, OverflowTeam, WaitSeconds, Greeting);

    /// <summary>As it is kept: without blanks at the ends.</summary>
    /// <exception cref="Refusal">Something of it will not do.</exception>
    internal RoutingRule Checked()
    {
        var rule = this with { Greeting = Greeting.Trim(), Music = Music.Trim(), ClosedText = ClosedText.Trim(), NobodyText = NobodyText.Trim() };
        if (!Enum.IsDefined(Order)) throw new Refusal(RefusalKind.Invalid, "team.routing-order");
        if (RingSeconds is < RingMin or > RingMax) throw new Refusal(RefusalKind.Invalid, "team.routing-ring-seconds", RingMin, RingMax);
        if (OverflowSeconds is < 0 or > SecondsMax || WaitSeconds is < RingMin or > SecondsMax) throw new Refusal(RefusalKind.Invalid, "team.routing-seconds", SecondsMax);
        if (!Languages.Contains(Language)) throw new Refusal(RefusalKind.Invalid, "team.routing-language", string.Join(", ", Languages));
        foreach (var text in (string[])[rule.Greeting, rule.ClosedText, rule.NobodyText])
            if (text.Length > TextMax || text.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t'))) throw new Refusal(RefusalKind.Invalid, "team.routing-text", TextMax);
        if (rule.Music.Length > 0 && !(rule.Music.Length <= TextMax && Uri.TryCreate(rule.Music, UriKind.Absolute, out var music) && music.Scheme is "https" or "http"))
            throw new Refusal(RefusalKind.Invalid, "team.routing-music");
        return rule;
    }
}
