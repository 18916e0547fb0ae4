namespace CallCenter.Calls;

/// <summary>A call and what its customer is called; null where it is nobody's.</summary>
readonly record struct NamedCall(Call Call, string? Customer);

/// <summary>What the customers are called whose calls are shown. The slice that knows customers answers.</summary>
interface ICustomerNames
{
    /// <summary>By their ids, of all of these at once; one that nobody knows is left out.</summary>
    Task<IReadOnlyDictionary<long, string>> Of(IEnumerable<long?> customers, CancellationToken stop = default);

    /// <summary>For those calls that have one.</summary>
    Task<IReadOnlyDictionary<long, string>> Of(IEnumerable<Call> calls, CancellationToken stop = default) => Of(calls.Select(call => call.CustomerId), stop);
}
