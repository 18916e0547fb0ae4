using CallCenter.Live;
using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace CallCenter.Teams.Pages;

/// <summary>A screen about people: shows what is known now, and again whenever somebody changes it.</summary>
public abstract class PeopleView : ComponentBase, IDisposable
{
    readonly Spoken spoken = Spoken.Here;

    [CascadingParameter]
    private protected Viewer? Viewer { get; set; }

    [Inject]
    private protected Personnel Personnel { get; set; } = default!;

    [Inject]
    private protected Sight Eyes { get; set; } = default!;

    [Inject]
    IStringLocalizer<Words> Sentences { get; set; } = default!;

    /// <summary>Why the last wish was not granted.</summary>
    protected string? Refused { get; set; }

    private protected Roster Roster => Personnel.Now;

    protected override void OnInitialized() => Personnel.Changed += ShowAnew;

    public void Dispose()
    {
        Personnel.Changed -= ShowAnew;
        Leave();
        GC.SuppressFinalize(this);
    }

    /// <summary>The screen is gone; whatever it waits for is waited for no more.</summary>
    protected virtual void Leave()
    {
    }

    /// <summary>Does what somebody wishes; a refusal becomes a sentence.</summary>
    protected async Task<bool> Try(Func<Task> work)
    {
        Refused = null;
        try
        {
            await work();
            return true;
        }
        catch (Refusal refusal)
        {
            Refused = Sentences[refusal.Code, [.. refusal.Arguments]];
            return false;
        }
    }

    /// <summary>The first instant of a day here; null where none is said.</summary>
    protected DateTimeOffset? StartOf(DateOnly? day) => day is { } chosen ? LocalDay.StartOf(chosen, Viewer?.Zone ?? TimeZoneInfo.Utc) : null;

    /// <summary>Something that it shows is another.</summary>
    protected void ShowAnew() => _ = InvokeAsync(() =>
    {
        spoken.Speak();
        StateHasChanged();
    });
}
