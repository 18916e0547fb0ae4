using CallCenter.Calls;
using CallCenter.Live;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Recovery.Pages;

/// <summary>A part of a screen that shows cases: it reads again when some changed, whatever changed them. News that come together make one reading.</summary>
public abstract class LiveCases : LiveComponent
{
    [Inject]
    private protected CaseBoard Board { get; set; } = default!;

    /// <summary>How long news are gathered.</summary>
    protected virtual TimeSpan Together => TimeSpan.FromMilliseconds(250);

    // The board tells of every change of a case, those by calls too.
    protected override bool Concerns(Call changed) => false;

    protected override void OnInitialized() => Board.Changed += Hear;

    protected override void Leave() => Board.Changed -= Hear;

    void Hear() => ReadSoon(Together);
}
