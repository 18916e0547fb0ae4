using CallCenter.Calls;
using CallCenter.Live;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Quotes.Pages;

/// <summary>A part of a screen that shows quotes or orders: it reads again when some changed, whatever changed them.</summary>
public abstract class LiveQuotes : LiveComponent
{
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(250);

    [Inject]
    private protected QuoteBoard Board { get; set; } = default!;

    // The board tells of every change of a quote, those by calls too.
    protected override bool Concerns(Call changed) => false;

    protected override void OnInitialized() => Board.Changed += Hear;

    protected override void Leave() => Board.Changed -= Hear;

    void Hear() => ReadSoon(Together);
}
