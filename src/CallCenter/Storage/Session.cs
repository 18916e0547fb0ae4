using System.Data.Common;

namespace CallCenter.Storage;

/// <summary>A connection and the statements prepared on it.</summary>
sealed class Session(DbConnection connection) : IAsyncDisposable
{
    const int StatementsMax = 200;
    readonly Dictionary<string, DbCommand> prepared = [];

    public DbConnection Connection => connection;

    public DbCommand Statement(string sql, string[] parameters)
    {
        if (prepared.TryGetValue(sql, out var command)) return command;
        if (prepared.Count >= StatementsMax) Forget();
        command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }

        return prepared[sql] = command;
    }

    public ValueTask DisposeAsync()
    {
        Forget();
        return connection.DisposeAsync();
    }

    void Forget()
    {
        foreach (var command in prepared.Values) command.Dispose();
        prepared.Clear();
    }
}
