namespace CallCenter.Recovery;

/// <summary>Tells whoever watches cases that some changed, here or on another node. What they are now is read from the database.</summary>
sealed class CaseBoard
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "cases";

    public event Action? Changed;

    public void Tell() => Changed?.Invoke();
}
