using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace CallCenter.SigningIn;

/// <summary>A part of <c>Mi cuenta</c>: tries what the person wishes, and says what was refused and what was done.</summary>
public abstract class AccountCard : ComponentBase
{
    [Inject]
    internal IStringLocalizer<Words> Sentences { get; set; } = default!;

    [Parameter, EditorRequired]
    public string UserId { get; set; } = "";

    protected string? Refused { get; private set; }

    protected string? Done { get; private set; }

    protected async Task<bool> Try(Func<Task> wish, string? done = null)
    {
        (Refused, Done) = (null, null);
        try
        {
            await wish();
            Done = done;
            return true;
        }
        catch (Refusal refusal)
        {
            Refused = Sentences[refusal.Code, [.. refusal.Arguments]];
            return false;
        }
    }
}
