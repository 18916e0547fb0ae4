namespace CallCenter.Customers;

/// <summary>Tells the screens that customers changed, here or on another node; what changed they read.</summary>
sealed class CustomerBoard
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "customers";

    /// <summary>Whoever hears must not take long.</summary>
    public event Action? Changed;

    public void Tell() => Changed?.Invoke();
}
