using CallCenter.Audit;

namespace CallCenter.Calls;

/// <summary>Writes down who opened a call that concerns others and not him: once a day for each person and call.</summary>
sealed class Looks(AuditLog audit)
{
    static readonly TimeSpan Once = TimeSpan.FromDays(1);

    public Task Note(Call call, CallScope scope, Actor by, CancellationToken stop) => call.People.Count == 0 || scope.IsOwn(call)
        ? Task.CompletedTask
        : audit.NoteOnce(by, "call.opened", $"call:{call.Id}", Once, new { of = call.People }, stop);
}
