using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Web;

namespace CallCenter.Commands;

/// <summary>The parts of the server that a command works with, on the database a server may be using at the same time.</summary>
sealed class Backstage : IAsyncDisposable
{
    readonly ServiceProvider parts;

    readonly string? folder;

    Backstage(Db db, ServiceProvider parts, string? folder) => (Db, this.parts, this.folder) = (db, parts, folder);

    public Db Db { get; }

    public Switchboard Switchboard => Get<Switchboard>();

    /// <param name="mayCreate">False where an empty new database could only mean that the name was mistyped.</param>
    /// <exception cref="Refusal">The database cannot be used.</exception>
    public static async Task<Backstage> Open(string? database, bool mayCreate, CancellationToken stop)
    {
        var place = Commands.DatabaseOf(database);
        if (!mayCreate) MustExist(place);
        return await Open(await Db.Open(place, stop: stop), place, null, stop);
    }

    /// <summary>On a database of its own, gone afterwards. Nothing in it has to survive a power cut.</summary>
    public static async Task<Backstage> OpenTemporary(CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("callcenter-").FullName;
        var place = Path.Combine(folder, "calls.db");
        try
        {
            return await Open(await Db.Open(place, allowUnsafe: true, synchronous: "OFF", stop), place, folder, stop);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    static async Task<Backstage> Open(Db db, string place, string? folder, CancellationToken stop)
    {
        var parts = Server.Parts(new ServerOptions(place, [], []), db);
        var stage = new Backstage(db, parts, folder);
        try
        {
            await stage.Switchboard.Load(stop);
            await stage.Get<Personnel>().Load(stop);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>By id or name.</summary>
    /// <exception cref="Refusal">There is none, or several of that name.</exception>
    public Connection ConnectionNamed(string named) =>
        Switchboard.Find(named) ?? Switchboard.All.Where(connection => connection.Name.Equals(named, StringComparison.CurrentCultureIgnoreCase)).ToList() switch
        {
            [var only] => only,
            [] => throw new Refusal(RefusalKind.NotFound, "connection.unknown", named),
            _ => throw new Refusal(RefusalKind.Conflict, "connection.name-of-several", named),
        };

    public T Get<T>() where T : notnull => parts.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await parts.DisposeAsync();
        await Db.DisposeAsync();
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }

    static void MustExist(string database)
    {
        if (!Db.IsPostgresText(database) && !File.Exists(Db.FileOf(database))) throw new Refusal(RefusalKind.NotFound, "storage.no-file", Db.FileOf(database));
    }
}
