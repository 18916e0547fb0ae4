using CallCenter.Calls;

namespace CallCenter.Live;

/// <summary>Whose eyes look, and which calls they may see. Asked again at every reading and every notice, because it changes while somebody looks.</summary>
public interface ISight
{
    /// <summary>The server's own; see <see cref="CallScope.Machine"/>.</summary>
    static ISight Machine { get; } = new MachineSight();

    /// <summary>As of now.</summary>
    CallScope Calls { get; }

    /// <summary>Of the calls that are seen, also what phone systems sent about them, as it came.</summary>
    bool SeesArrivals => false;

    /// <summary>Heard when more or less may be seen than before.</summary>
    event Action? Changed;

    private sealed class MachineSight : ISight
    {
        public CallScope Calls => CallScope.Machine;

        public event Action? Changed
        {
            add { }
            remove { }
        }
    }
}
