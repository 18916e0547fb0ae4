using CallCenter.Audit;

namespace CallCenter.Teams.Import;

/// <summary>
/// Brings people and teams in from a file: first a plan that shows what each line would change, then all of it in one
/// transaction, or nothing. It adds and changes, and takes nothing away from anybody: an empty cell leaves things as they are,
/// and teams, extensions, lines and queues that are not named stay whose they are.
/// </summary>
sealed class PeopleImport(Personnel personnel, ImportPlanner planner, AuditLog audit)
{
    /// <param name="since">From when memberships, extensions, lines and queues hold; null is from now on.</param>
    /// <exception cref="Refusal">He may not, or the file is no such list.</exception>
    public ImportPlan Plan(PeopleFile file, DateTimeOffset? since, Authority by) => planner.Plan(file, since, by, personnel.Now);

    /// <summary>Does what was shown. Returns the ids of the people who are new.</summary>
    /// <exception cref="Refusal">A line is wrong, or people changed meanwhile, so that it would not be what was shown.</exception>
    public async Task<IReadOnlyList<string>> Apply(PeopleFile file, ImportPlan shown, DateTimeOffset? since, Authority by, CancellationToken stop = default)
    {
        List<string> added = [];
        await personnel.Change(async (tx, roster) =>
        {
            var plan = planner.Plan(file, since, by, roster);
            if (!plan.IsLike(shown)) throw new Refusal(RefusalKind.Conflict, "import.changed-meanwhile");
            if (!plan.CanBeDone) throw new Refusal(RefusalKind.Invalid, "import.not-possible", plan.Count(ImportVerdict.Wrong));
            DateTimeOffset? judgedSince = null;
            foreach (var steps in (IEnumerable<Func<PlannedLine, IReadOnlyList<Step>>>)[line => line.First, line => line.Then])
            {
                foreach (var step in plan.Lines.SelectMany(steps))
                {
                    stop.ThrowIfCancellationRequested();
                    if (await step(tx, roster) is { } from && !(from >= judgedSince)) judgedSince = from;
                }

                roster = await Personnel.Read(tx);
            }

            // Looked at when all is done, because each line may be right by itself.
            if (!roster.People.Values.Any(person => person.IsActiveAdministrator)) throw new Refusal(RefusalKind.Conflict, "import.no-administrator");
            await audit.Note(tx, by.Actor, "user.imported", "users", new { plan.IsOfPeople, lines = plan.Lines.Count, added = plan.Count(ImportVerdict.Added), changed = plan.Count(ImportVerdict.Changed) });
            added = [.. plan.Lines.Select(line => line.NewPerson).OfType<string>()];
            return judgedSince;
        }, stop);
        return added;
    }
}
