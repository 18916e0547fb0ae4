using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;

namespace CallCenter.Commands;

/// <summary>The parts of the server that a command works with, on the database a server may be using at the same time.</summary>
sealed class Backstage : IAsyncDisposable
{
    readonly ServiceProvider parts;

    Backstage(Db db, ServiceProvider parts) => (Db, this.parts) = (db, parts);

    public Db Db { get; }

    public Switchboard Switchboard => Get<Switchboard>();

    /// <param name="mayCreate">False where an empty new database could only mean that the name was mistyped.</param>
    /// <exception cref="Refusal">The database cannot be used.</exception>
    public static async Task<Backstage> Open(string? database, bool mayCreate, CancellationToken stop)
    {
        var place = Commands.DatabaseOf(database);
        if (!mayCreate) MustExist(place);
        var db = await Db.Open(place, stop: stop);
        try
        {
            var parts = Server.Parts(new ServerOptions(place, [], []), db);
            await parts.GetRequiredService<Switchboard>().Load(stop);
            return new Backstage(db, parts);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    public T Get<T>() where T : notnull => parts.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await parts.DisposeAsync();
        await Db.DisposeAsync();
    }

    static void MustExist(string database)
    {
        if (!Db.IsPostgresText(database) && !File.Exists(Db.FileOf(database))) throw new Refusal(RefusalKind.NotFound, "storage.no-file", Db.FileOf(database));
    }
}
