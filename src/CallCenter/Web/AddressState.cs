using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace CallCenter.Web;

/// <summary>
/// What a screen is asked for, which stands in its address: so it can be sent to somebody, reloaded and gone back from.
/// </summary>
/// <remarks>
/// Where one is, <see cref="NavigationManager"/> knows only after the browser has answered. Who chooses two filters in a row, or types on,
/// is faster than that; what is asked for holds from the moment it is asked, and the answers to it change nothing.
/// </remarks>
sealed class AddressState<T> : IDisposable where T : notnull
{
    readonly NavigationManager navigation;
    readonly Func<string, T> read;
    readonly Action<T> changed;
    readonly string path;
    readonly string mark = Guid.NewGuid().ToString("n");
    int asked, answered;
    int? here;

    /// <param name="navigation">Whose address it is; its path now is the screen's.</param>
    /// <param name="read">What an address asks for.</param>
    /// <param name="changed">Told what was asked for before, each time something else is.</param>
    public AddressState(NavigationManager navigation, Func<string, T> read, Action<T> changed)
    {
        (this.navigation, this.read, this.changed) = (navigation, read, changed);
        path = PathOf(navigation.Uri);
        Now = read(navigation.Uri);
        navigation.LocationChanged += Moved;
    }

    public T Now { get; private set; }

    public void Ask(T wanted, bool replace = false)
    {
        if (wanted.Equals(Now)) return;
        asked++;
        navigation.NavigateTo(wanted.ToString()!, new NavigationOptions { ReplaceHistoryEntry = replace, HistoryEntryState = $"{mark} {asked.ToString(CultureInfo.InvariantCulture)}" });
        Take(wanted);
    }

    public void Dispose() => navigation.LocationChanged -= Moved;

    void Moved(object? sender, LocationChangedEventArgs to)
    {
        if (PathOf(to.Location) != path || IsAnswer(to.HistoryEntryState)) return;
        Take(read(to.Location));
    }

    bool IsAnswer(string? state)
    {
        if (state?.Split(' ') is [var whose, var number] && whose == mark && int.TryParse(number, CultureInfo.InvariantCulture, out var step) && (step > answered || step == here)) // of two in a row both answers may tell the second
        {
            (answered, here) = (step, step);
            return true;
        }

        // A link, or back: what was asked for meanwhile and is answered later has to be taken as new.
        (answered, here) = (asked, null);
        return false;
    }

    void Take(T wanted)
    {
        var before = Now;
        Now = wanted;
        changed(before);
    }

    static string PathOf(string address) => new Uri(address).AbsolutePath;
}
