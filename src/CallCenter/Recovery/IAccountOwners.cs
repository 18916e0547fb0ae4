using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>Says who looks after customers. The slice that knows customers answers.</summary>
interface IAccountOwners
{
    /// <summary>Ids of people, by the ids of customers; whom nobody looks after is left out.</summary>
    Task<IReadOnlyDictionary<long, string>> Of(Tx tx, IReadOnlyCollection<long> customers);
}
