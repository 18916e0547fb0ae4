using CallCenter.Live;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Quotes.Pages;

/// <summary>A part of a screen that shows quotes or orders: it reads again when some changed, whatever changed them.</summary>
public abstract class LiveQuotes : LiveNews
{
    [Inject]
    private protected QuoteBoard Board { get; set; } = default!;

    private protected override void Listen(Action hear) => Board.Changed += hear;

    private protected override void Unlisten(Action hear) => Board.Changed -= hear;
}
