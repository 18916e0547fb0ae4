namespace CallCenter.Quotes;

/// <summary>Tells whoever watches quotes and orders that some changed, here or on another node. What they are now is read from the database.</summary>
sealed class QuoteBoard
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "quotes";

    public event Action? Changed;

    public void Tell() => Changed?.Invoke();
}
