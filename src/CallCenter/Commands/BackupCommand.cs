using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;
using Microsoft.Data.Sqlite;

namespace CallCenter.Commands;

/// <summary>
/// <c>callcenter backup FILE</c>: one consistent picture of the SQLite database in another file, while the server works.
/// It holds the keys that its secrets are protected with, so it can be restored on another machine, and must be guarded.
/// </summary>
static class BackupCommand
{
    public static Command Make()
    {
        var file = new Argument<FileInfo>("file") { Description = "The file to write; it must not exist" };
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("backup", "Copies the SQLite database, complete and consistent, while the server runs") { file, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var place = Commands.DatabaseOf(parsed.GetValue(database));
            if (Db.IsPostgresText(place)) throw new Refusal(RefusalKind.Invalid, "backup.postgres");
            var source = Db.FileOf(place);
            if (!File.Exists(source)) throw new Refusal(RefusalKind.NotFound, "storage.no-file", source);
            var target = parsed.GetValue(file)!.FullName;
            if (File.Exists(target)) throw new Refusal(RefusalKind.Conflict, "backup.exists", target);

            await Copy(source, target, stop);
            var (to, bytes) = (parsed.InvocationConfiguration.Output, new FileInfo(target).Length);
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(new { File = target, bytes }, CallJson.Indented));
            else to.WriteLine($"{target}: {bytes} bytes. It holds the keys of its own secrets: guard it.");
            return 0;
        }));
        return command;
    }

    /// <summary>Into a file of another name first: what bears the name that was asked for is whole and on disk.</summary>
    static async Task Copy(string source, string target, CancellationToken stop)
    {
        var half = target + ".part";
        File.Delete(half);
        try
        {
            // Not through Db, which would bring the schema up to date under a server that is older.
            await using (var connection = await Open(source, stop))
            await using (var command = connection.CreateCommand())
            {
                command.CommandText = "vacuum into @half";
                command.CommandTimeout = 0;
                command.Parameters.AddWithValue("half", half);
                await command.ExecuteNonQueryAsync(stop);
            }

            await using (var copy = await Open(half, stop))
            await using (var command = copy.CreateCommand())
            {
                command.CommandText = "pragma quick_check(1)";
                if (await command.ExecuteScalarAsync(stop) is not "ok") throw new Refusal(RefusalKind.Unavailable, "backup.damaged", source);
            }

            await using (var bytes = new FileStream(half, FileMode.Open, FileAccess.ReadWrite)) bytes.Flush(flushToDisk: true);
            File.Move(half, target);
        }
        catch
        {
            File.Delete(half);
            throw;
        }
    }

    static async Task<SqliteConnection> Open(string file, CancellationToken stop)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 5 }.ConnectionString);
        await connection.OpenAsync(stop);
        return connection;
    }
}
