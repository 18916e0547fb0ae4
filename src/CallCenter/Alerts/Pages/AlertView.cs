using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace CallCenter.Alerts.Pages;

/// <summary>A part of a screen about alerts: true by itself whenever one is raised, seen or sent.</summary>
public abstract class AlertView : LiveComponent
{
    [CascadingParameter]
    protected Viewer? Viewer { get; set; }

    [Inject]
    private protected AlertNews News { get; set; } = default!;

    [Inject]
    private protected AlertWords InWords { get; set; } = default!;

    [Inject]
    private protected Sight Sight { get; set; } = default!;

    [Inject]
    IStringLocalizer<Words> Sentences { get; set; } = default!;

    /// <summary>In whose name things are done here.</summary>
    private protected Actor Me => Sight.Authority.Actor;

    /// <summary>Why the last wish was not granted, as a sentence.</summary>
    protected string? Refused { get; set; }

    protected override bool Concerns(Call changed) => false;

    protected override void OnInitialized() => News.Changed += ReadAgain;

    protected override void Leave() => News.Changed -= ReadAgain;

    /// <summary>Does what a person asked for; what the rules or the storage refuse becomes a sentence.</summary>
    private protected async Task<bool> Try(Func<Task> wish)
    {
        Refused = null;
        try
        {
            await wish();
            return true;
        }
        catch (Refusal refusal)
        {
            Refused = Sentences[refusal.Code, [.. refusal.Arguments]];
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            Refused = Sentences["La base de datos no responde. No se ha guardado nada; inténtelo de nuevo."];
        }

        return false;
    }
}
