using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;

namespace CallCenter.Storage;

/// <summary>One transaction. SQL comes from the keepers, values always as parameters.</summary>
sealed partial class Tx(Session session, DbTransaction transaction, bool isPostgres)
{
    /// <summary>On SQLite each name that is told about is a counter.</summary>
    public const string ToldPrefix = "told:";

    List<Action>? announcements;

    public bool IsPostgres => isPostgres;

    public Task<int> Run(string sql, object? values = null) => session.Connection.ExecuteAsync(sql, values, transaction);

    public Task<T> One<T>(string sql, object? values = null) => session.Connection.QuerySingleAsync<T>(sql, values, transaction);

    /// <summary>The row, or default when there is none.</summary>
    public Task<T?> Maybe<T>(string sql, object? values = null) => session.Connection.QuerySingleOrDefaultAsync<T>(sql, values, transaction);

    public async Task<List<T>> List<T>(string sql, object? values = null) =>
        (await session.Connection.QueryAsync<T>(sql, values, transaction)).AsList();

    /// <summary>Something to do after the commit, and only then: tell the screens, wake another worker.</summary>
    public void Announce(Action heard) => (announcements ??= []).Add(heard);

    /// <summary>Tells the other nodes and processes on this database, after the commit, that what is kept under a name changed.</summary>
    public Task Notify(string name) => isPostgres
        ? Run("select pg_notify(@name, '')", new { name })
        : Run("insert into counters (name, next) values (@name, 1) on conflict (name) do update set next = counters.next + 1", new { name = ToldPrefix + name });

    internal void Tell()
    {
        foreach (var heard in announcements ?? []) heard();
    }

    /// <summary>The hot path: many rows into one table.</summary>
    public async Task Insert(Insertion insertion, IReadOnlyCollection<object?[]> rows)
    {
        if (rows.Count == 0) return;
        if (!isPostgres)
        {
            await RunMany(insertion.OfOne, insertion.Columns, rows);
            return;
        }

        await using var command = insertion.OfAll(rows);
        (command.Connection, command.Transaction) = ((NpgsqlConnection)session.Connection, (NpgsqlTransaction)transaction);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One statement, many times; prepared once on SQLite, one round trip on PostgreSQL.</summary>
    public async Task RunMany(string sql, string[] parameters, IReadOnlyCollection<object?[]> rows)
    {
        if (rows.Count == 0) return;
        if (isPostgres)
        {
            await using var batch = Batch(sql, parameters, rows);
            await batch.ExecuteNonQueryAsync();
            return;
        }

        var statement = session.Statement(sql, parameters);
        foreach (var row in rows) statement.Run(row);
    }

    /// <summary>As <see cref="RunMany"/> for a query: the rows of all executions, each with the index of its input.</summary>
    public async Task QueryMany(string sql, string[] parameters, IReadOnlyList<object?[]> rows, Action<int, IRow> read)
    {
        if (rows.Count == 0) return;
        var index = 0;
        if (isPostgres)
        {
            await using var batch = Batch(sql, parameters, rows);
            await using var results = await batch.ExecuteReaderAsync();
            var row = new ReaderRow(results);
            do
            {
                while (await results.ReadAsync()) read(index, row);
                index++;
            }
            while (await results.NextResultAsync());
            return;
        }

        var statement = session.Statement(sql, parameters);
        void Read(IRow row) => read(index, row);
        Action<IRow> readOne = Read;
        for (; index < rows.Count; index++) statement.Run(rows[index], readOne);
    }

    NpgsqlBatch Batch(string sql, string[] parameters, IReadOnlyCollection<object?[]> rows)
    {
        // Positional placeholders spare Npgsql a rewrite of the text for every row.
        var positional = Parameter().Replace(sql, found => "$" + (Array.IndexOf(parameters, found.Groups[1].Value) + 1));
        var batch = new NpgsqlBatch((NpgsqlConnection)session.Connection, (NpgsqlTransaction)transaction);
        foreach (var row in rows)
        {
            var command = new NpgsqlBatchCommand(positional);
            foreach (var value in row) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            batch.BatchCommands.Add(command);
        }

        return batch;
    }

    [GeneratedRegex("@([a-z_][a-z_0-9]*)")]
    private static partial Regex Parameter();

    sealed class ReaderRow(DbDataReader reader) : IRow
    {
        public int Columns => reader.FieldCount;

        public bool IsNull(int column) => reader.IsDBNull(column);

        public long Long(int column) => reader.GetInt64(column);

        public string Text(int column) => reader.GetString(column);

        public object? Value(int column) => reader.IsDBNull(column) ? null : reader.GetValue(column);
    }
}
