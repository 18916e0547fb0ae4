using System.Net;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CallCenter.Tests.Durability;

/// <summary>
/// What the test program does as a process of its own: a server with a planted fault, by which a harness proves that it
/// sees one, or another program that gets in the way of the database. The product knows nothing of it.
/// </summary>
static class Accomplice
{
    public const string Word = "accomplice";

    /// <summary>A server that answers each webhook 204 at once and only then begins to keep it.</summary>
    public const string AnswersEarly = "answers-early";

    /// <summary>A server whose commits are in the file but not yet on the disk.</summary>
    public const string SyncsSeldom = "syncs-seldom";

    /// <summary>A program that holds the write lock of a SQLite file until its standard input ends.</summary>
    public const string HoldsLock = "holds-lock";

    public static async Task<int> Play(string[] words) => words switch
    {
        [AnswersEarly, var database] => await Serve(database, "FULL", ThenForward),
        [SyncsSeldom, var database] => await Serve(database, "NORMAL", null),
        [HoldsLock, var file] => HoldLock(file),
        _ => 2,
    };

    static async Task<int> Serve(string database, string synchronous, Func<Uri, Task<WebApplication>>? before)
    {
        await using var db = await Db.Open(database, allowUnsafe: true, synchronous);
        await using var app = Server.Build(new ServerOptions(database, ["http://127.0.0.1:0"], [], AllowUnsafe: true), db);
        await app.Services.GetRequiredService<Switchboard>().Load();
        await app.StartAsync();
        await using var front = before is null ? null : await before(new Uri(app.Urls.First()));
        Console.WriteLine(ServerProcess.ListensOn + (front ?? app).Urls.First());
        await app.WaitForShutdownAsync();
        return 0;
    }

    static async Task<WebApplication> ThenForward(Uri server)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var front = builder.Build();
        front.Urls.Add("http://127.0.0.1:0");
        front.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), http.Request.Path) { Content = new ByteArrayContent(body.ToArray()) };
            foreach (var (name, value) in http.Request.Headers)
                if (!request.Headers.TryAddWithoutValidation(name, (string?)value)) request.Content.Headers.TryAddWithoutValidation(name, (string?)value);
            http.Response.StatusCode = (int)HttpStatusCode.NoContent;
            await http.Response.CompleteAsync();
            using var kept = await client.SendAsync(request);
        });
        await front.StartAsync();
        return front;
    }

    static int HoldLock(string file)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        Console.In.ReadLine(); // not before it is told to
        using var lockIt = connection.CreateCommand();
        lockIt.CommandText = "begin immediate";
        lockIt.ExecuteNonQuery();
        Console.WriteLine(HoldsLock);
        Console.In.ReadToEnd();
        return 0;
    }
}
