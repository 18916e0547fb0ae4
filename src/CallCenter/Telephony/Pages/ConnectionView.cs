using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace CallCenter.Telephony.Pages;

/// <summary>A part of a screen about connections: true by itself whenever something comes in or changes.</summary>
public abstract class ConnectionView : LiveComponent
{
    [CascadingParameter]
    protected Viewer? Viewer { get; set; }

    [Inject]
    private protected ConnectionHealth Healths { get; set; } = default!;

    [Inject]
    private protected IStringLocalizer<ConnectionWords> Sentence { get; set; } = default!;

    [Inject]
    ILoggerFactory Loggers { get; set; } = default!;

    /// <summary>The only connection this is about; null for all.</summary>
    private protected virtual string? Only => null;

    [Inject]
    private protected Sight Sight { get; set; } = default!;

    /// <summary>In whose name things are done here.</summary>
    private protected Actor Me => Sight.Authority.Actor;

    /// <summary>Why the last wish was not granted, as a sentence.</summary>
    protected string? Refused { get; set; }

    protected override bool Concerns(Call changed) => false;

    protected override void OnInitialized() => Healths.Changed += Hear;

    protected override void Leave() => Healths.Changed -= Hear;

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
            Refused = Sentence.Refusal(refusal);
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            Loggers.CreateLogger(GetType()).LogWarning("A wish could not be kept: {Reason}", e.Message);
            Refused = Sentence["La base de datos no responde. No se ha guardado nada; inténtelo de nuevo."];
        }

        return false;
    }

    void Hear(IReadOnlySet<string> changed)
    {
        if (Only is null || changed.Count == 0 || changed.Contains(Only)) ReadAgain();
    }
}
