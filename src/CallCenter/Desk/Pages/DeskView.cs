using CallCenter.Audit;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace CallCenter.Desk.Pages;

/// <summary>A part of somebody's desk: true by itself when calls change, and when something is written about one or put away, on whatever screen.</summary>
public abstract class DeskView : LiveComponent
{
    /// <summary>What is not known to be of here is news of everybody's.</summary>
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(250);

    [CascadingParameter]
    protected Viewer? Viewer { get; set; }

    [Inject]
    private protected DeskNews News { get; set; } = default!;

    [Inject]
    private protected Sight Sight { get; set; } = default!;

    [Inject]
    private protected IStringLocalizer<Words> Sentences { get; set; } = default!;

    /// <summary>Whose desk it is.</summary>
    private protected string Me => Sight.Rights.User;

    private protected Actor Actor => Sight.Authority.Actor;

    /// <summary>Why the last wish was not granted, as a sentence.</summary>
    protected string? Refused { get; set; }

    /// <summary>Whether what was written about a call, or done with it on a screen, can change what is shown.</summary>
    protected virtual bool Shows(long call) => true;

    protected override void OnInitialized() => News.Changed += Hear;

    protected override void Leave() => News.Changed -= Hear;

    void Hear(long? call)
    {
        if (call is not { } one) ReadSoon(Together);
        else if (Shows(one)) ReadAgain();
    }

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

    private protected string NameOf(ResultChoice choice) => choice.Name is { } name ? VisibleText.Line(name, CallResults.NameMax) : Sentences[$"Result.{choice.Id}"];
}
