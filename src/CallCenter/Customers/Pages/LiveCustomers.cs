using CallCenter.Live;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Customers.Pages;

/// <summary>A part of a screen that shows customers: it reads again when some changed, whoever changed them.</summary>
public abstract class LiveCustomers : LiveComponent
{
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(500);

    [Inject]
    private protected CustomerBoard Board { get; set; } = default!;

    protected override void OnInitialized() => Board.Changed += Hear;

    protected override void Leave() => Board.Changed -= Hear;

    void Hear() => ReadSoon(Together);
}
