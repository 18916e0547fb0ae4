using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Says which customers calls are with. The slice that knows customers implements it.</summary>
interface ICallers
{
    /// <summary>
    /// For each call the one customer whose number it is with, as of the call's start; null where nobody's, or where several have that
    /// number: those a person chooses from.
    /// </summary>
    Task<IReadOnlyList<long?>> Find(Tx tx, IReadOnlyList<Call> calls);
}
