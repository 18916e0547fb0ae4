using CallCenter.Teams;
using CallCenter.Telephony;

namespace CallCenter.Simulation;

/// <summary>The demonstration's people and teams. Whoever looks sits at the first telephone, so that calls ring on his own bar.</summary>
sealed class DemoStaff(Users users, TeamBook book, Personnel personnel)
{
    static readonly (string Name, string[] Queues)[] Teams = [("Ventas", ["ventas", "administración"]), ("Repuestos", ["repuestos", "garantías"])];

    /// <summary>Before the first call is known, so that each is somebody's from the start.</summary>
    public async Task Hire(PartsSeller company, Connection connection, string demo)
    {
        if (personnel.Now.Teams.Count > 0) return;
        foreach (var (name, queues) in Teams)
        {
            var team = await book.Add(name, TeamType.CallCenter, Authority.Console);
            await book.Change(team.Id, one => one with { Hours = PartsSeller.Hours }, Authority.Console);
            foreach (var queue in queues) await book.GiveLine(team.Id, connection.Id, LineKind.Queue, queue, null, fillsPast: true, Authority.Console);
        }

        foreach (var (seat, i) in company.Operators.Select((seat, i) => (seat, i)))
        {
            var person = i == 0 ? demo : (await users.Add(new NewPerson($"{seat.Extension}@example.com", seat.Name, [Role.Operator], Language: "es", TimeZone: PartsSeller.Zone.Id), null, Authority.Console)).Id;
            await book.GiveExtension(person, connection.Id, seat.Extension, null, Authority.Console);
            var team = personnel.Now.Teams.Values.First(team => team.Name == Teams.First(known => known.Queues.Contains(seat.Queues[0])).Name);
            await book.AddMember(team.Id, person, null, Authority.Console);
        }
    }
}
