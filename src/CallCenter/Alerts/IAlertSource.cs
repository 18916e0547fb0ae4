using CallCenter.Storage;

namespace CallCenter.Alerts;

/// <summary>Knows some kinds of alerts and sees when they are due. Register one and it is asked every few seconds, on one node.</summary>
interface IAlertSource
{
    IReadOnlyList<AlertKind> Kinds { get; }

    /// <summary>
    /// What is the matter now, told again for as long as it lasts: nobody is told twice, and what is told no more is over.
    /// </summary>
    /// <param name="tx">For reading; a consistent picture.</param>
    /// <param name="rules">By the kind's name; of a kind that is switched off nothing need be told.</param>
    Task<IReadOnlyList<Alert>> Look(Tx tx, DateTimeOffset now, IReadOnlyDictionary<string, AlertRule> rules);
}
