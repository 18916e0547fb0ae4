using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Teams;
using Microsoft.AspNetCore.Components.Authorization;

namespace CallCenter.Web;

/// <summary>What the person at this screen may see and do now. One for each open screen.</summary>
sealed class Sight : ISight, IDisposable
{
    /// <summary>A membership can also begin or end by the clock, which nobody announces.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    readonly AuthenticationStateProvider signed;
    readonly Personnel personnel;
    readonly TimeProvider clock;
    readonly Lock looking = new();
    Action? changed;
    ITimer? timer;
    Rights known = Rights.None;

    public Sight(AuthenticationStateProvider signed, Personnel personnel, TimeProvider clock) => (this.signed, this.personnel, this.clock) = (signed, personnel, clock);

    /// <summary>None while it is not known who looks.</summary>
    public Rights Rights => personnel.RightsOf(UserId);

    public CallScope Calls => Rights.Calls;

    public bool SeesArrivals => Rights.UsesCallCenter && Rights.ReadsArrivals;

    /// <summary>In whose name things are done here.</summary>
    public Authority Authority => Authority.Of(personnel.Now.People[Rights.User], Rights);

    string? UserId => signed.GetAuthenticationStateAsync() is { IsCompletedSuccessfully: true } state ? Viewer.IdOf(state.Result.User) : null;

    public event Action? Changed
    {
        add
        {
            lock (looking)
            {
                changed += value;
                if (timer is not null) return;
                known = Rights;
                personnel.Changed += Look;
                timer = clock.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
            }
        }

        remove
        {
            lock (looking) changed -= value;
        }
    }

    public void Dispose()
    {
        personnel.Changed -= Look;
        timer?.Dispose();
    }

    void Look()
    {
        Action? heard;
        lock (looking)
        {
            var now = Rights;
            if (now.Equals(known)) return;
            known = now;
            heard = changed;
        }

        heard?.Invoke();
    }
}
