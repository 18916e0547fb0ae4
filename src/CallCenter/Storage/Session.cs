using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace CallCenter.Storage;

/// <summary>A connection and the statements prepared on it.</summary>
sealed class Session(DbConnection connection) : IAsyncDisposable
{
    const int StatementsMax = 200;
    readonly Dictionary<string, FileStatement> prepared = [];

    public DbConnection Connection => connection;

    /// <summary>Only on SQLite; PostgreSQL's driver prepares by itself.</summary>
    public FileStatement Statement(string sql, string[] parameters)
    {
        if (prepared.TryGetValue(sql, out var statement)) return statement;
        if (prepared.Count >= StatementsMax) Forget();
        return prepared[sql] = new FileStatement(((SqliteConnection)connection).Handle!, sql, parameters);
    }

    public ValueTask DisposeAsync()
    {
        Forget();
        return connection.DisposeAsync();
    }

    void Forget()
    {
        foreach (var statement in prepared.Values) statement.Dispose();
        prepared.Clear();
    }
}
