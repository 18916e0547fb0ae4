using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace CallCenter.Storage;

/// <summary>A query, once for each row of values; each row of an answer is read with the index of its values.</summary>
sealed record Question(string Sql, string[] Parameters, IReadOnlyList<object?[]> Rows, Action<int, IRow> Read);

/// <summary>One transaction. SQL comes from the keepers, values always as parameters.</summary>
sealed partial class Tx(Session session, DbTransaction transaction, bool isPostgres)
{
    /// <summary>On SQLite each name that is told about is a counter.</summary>
    public const string ToldPrefix = "told:";

    /// <summary>So many statements wait at most.</summary>
    const int WaitingMax = 1000;

    /// <summary>Of so many statements is remembered what their values are.</summary>
    const int StatementsMax = 2000;

    /// <summary>
    /// What is written and answers nothing waits here on PostgreSQL, and goes with the next question or before the commit: a round trip costs more
    /// than most statements do. What is wrong with it is said then, in the same transaction.
    /// </summary>
    readonly List<NpgsqlBatchCommand> waiting = [];

    /// <summary>How many of them have an empty answer all the same.</summary>
    int telling;

    List<Action>? announcements;

    Dictionary<string, object>? answered;

    public bool IsPostgres => isPostgres;

    public async Task<int> Run(string sql, object? values = null)
    {
        await Send();
        return await session.Connection.ExecuteAsync(sql, values, transaction);
    }

    public async Task<T> One<T>(string sql, object? values = null)
    {
        await Send();
        return await session.Connection.QuerySingleAsync<T>(sql, values, transaction);
    }

    /// <summary>The row, or default when there is none.</summary>
    public async Task<T?> Maybe<T>(string sql, object? values = null)
    {
        await Send();
        return await session.Connection.QuerySingleOrDefaultAsync<T>(sql, values, transaction);
    }

    public async Task<List<T>> List<T>(string sql, object? values = null)
    {
        await Send();
        return (await session.Connection.QueryAsync<T>(sql, values, transaction)).AsList();
    }

    /// <summary>As <see cref="List{T}"/> for what is asked many times a second: prepared once for each of the words it comes in.</summary>
    public async Task<List<T>> ListPrepared<T>(string sql, DynamicParameters values, Func<IRow, T> read)
    {
        var rows = new List<T>();
        string[] names = [.. values.ParameterNames];
        await QueryMany(sql, names, [Array.ConvertAll(names, values.Get<object?>)], (_, row) => rows.Add(read(row)));
        return rows;
    }

    /// <summary>Something to do after the commit, and only then: tell the screens, wake another worker.</summary>
    public void Announce(Action heard) => (announcements ??= []).Add(heard);

    /// <summary>Tells the other nodes and processes on this database, after the commit, that what is kept under a name changed.</summary>
    /// <param name="what">What exactly; short.</param>
    public Task Notify(string name, string what = "")
    {
        if (isPostgres)
        {
            telling++;
            return Wait(CommandsOf("select pg_notify(@name, @what)", ["name", "what"], [[name, what]]));
        }

        return Run("insert into counters (name, next) values (@name, 1) on conflict (name) do update set next = counters.next + 1", new { name = ToldPrefix + name });
    }

    internal void Tell()
    {
        foreach (var heard in announcements ?? []) heard();
    }

    /// <summary>What several ask for in one transaction is asked once.</summary>
    public async Task<T> Once<T>(string name, Func<Task<T>> ask) where T : notnull
    {
        if (answered?.TryGetValue(name, out var known) == true) return (T)known;
        var answer = await ask();
        (answered ??= [])[name] = answer;
        return answer;
    }

    /// <summary>Whoever changes what others have asked for <see cref="Once"/> says so.</summary>
    public void AskAgain(string name) => answered?.Remove(name);

    /// <summary>
    /// Nobody else who takes a turn of this name goes on before this transaction has ended. SQLite has one writer, who needs none; on PostgreSQL it
    /// is taken ahead of whatever is asked next.
    /// </summary>
    public Task TakeTurn(string name)
    {
        if (!isPostgres) return Task.CompletedTask;
        telling++;
        return Wait(CommandsOf("select next from counters where name = @name for update", ["name"], [[name]]));
    }

    /// <summary>The hot path: many rows into one table.</summary>
    public async Task Insert(Insertion insertion, IReadOnlyCollection<object?[]> rows)
    {
        if (rows.Count == 0) return;
        if (isPostgres) await Wait([insertion.OfAll(rows)]);
        else await RunMany(insertion.OfOne, insertion.Columns, rows);
    }

    /// <summary>One statement that answers nothing, many times; prepared once on SQLite.</summary>
    public async Task RunMany(string sql, string[] parameters, IReadOnlyCollection<object?[]> rows)
    {
        if (rows.Count == 0) return;
        if (isPostgres)
        {
            await Wait(CommandsOf(sql, parameters, rows));
            return;
        }

        var statement = session.Statement(sql, parameters);
        foreach (var row in rows) statement.Run(row);
    }

    /// <summary>As <see cref="RunMany"/> for a query: the rows of all executions, each with the index of its input.</summary>
    public Task QueryMany(string sql, string[] parameters, IReadOnlyList<object?[]> rows, Action<int, IRow> read) => QueryAll(new Question(sql, parameters, rows, read));

    /// <summary>Several such queries of which none needs to know what another answered: one round trip on PostgreSQL.</summary>
    public async Task QueryAll(params Question[] questions)
    {
        if (isPostgres)
        {
            if (questions.Any(question => question.Rows.Count > 0)) await Ask(questions);
            return;
        }

        foreach (var question in questions)
        {
            if (question.Rows.Count == 0) continue;
            var (statement, index) = (session.Statement(question.Sql, question.Parameters), 0);
            void Read(IRow row) => question.Read(index, row);
            Action<IRow> readOne = Read;
            for (; index < question.Rows.Count; index++) statement.Run(question.Rows[index], readOne);
        }
    }

    /// <summary>The one number that a query on the hot path answers.</summary>
    public async Task<long> Number(string sql, string[] parameters, params object?[] values)
    {
        long? number = null;
        await QueryMany(sql, parameters, [values], (_, row) => number = row.Long(0));
        return number ?? throw new InvalidOperationException($"There is no number: {sql}");
    }

    /// <summary>Sends what waits. Before the commit, and before whatever is not asked with it.</summary>
    internal async Task Send()
    {
        if (waiting.Count == 0) return;
        await using var batch = TakeWaiting();
        await batch.ExecuteNonQueryAsync();
    }

    async Task Ask(Question[] questions)
    {
        var empty = telling;
        await using var batch = TakeWaiting();
        foreach (var question in questions)
            foreach (var command in CommandsOf(question.Sql, question.Parameters, question.Rows)) batch.BatchCommands.Add(command);
        await using var results = await batch.ExecuteReaderAsync();
        for (; empty > 0; empty--) await results.NextResultAsync();
        var row = new ReaderRow(results);
        foreach (var question in questions)
            for (var index = 0; index < question.Rows.Count; index++)
            {
                while (await results.ReadAsync()) question.Read(index, row);
                await results.NextResultAsync();
            }
    }

    Task Wait(IEnumerable<NpgsqlBatchCommand> commands)
    {
        waiting.AddRange(commands);
        return waiting.Count < WaitingMax ? Task.CompletedTask : Send();
    }

    NpgsqlBatch TakeWaiting()
    {
        var batch = new NpgsqlBatch((NpgsqlConnection)session.Connection, (NpgsqlTransaction)transaction);
        foreach (var command in waiting) batch.BatchCommands.Add(command);
        waiting.Clear();
        telling = 0;
        return batch;
    }

    static IEnumerable<NpgsqlBatchCommand> CommandsOf(string sql, string[] parameters, IReadOnlyCollection<object?[]> rows)
    {
        if (rows.Count == 0) yield break;
        // Positional placeholders spare Npgsql a rewrite of the text for every row.
        var types = TypesIn(sql, parameters.Length);
        var positional = Parameter().Replace(sql, found => "$" + (Array.IndexOf(parameters, found.Groups[1].Value) + 1));
        foreach (var row in rows)
        {
            var command = new NpgsqlBatchCommand(positional);
            for (var i = 0; i < row.Length; i++) command.Parameters.Add(ParameterOf(row[i], types, i));
            yield return command;
        }
    }

    /// <summary>
    /// What the values of each statement are, as far as they were seen: a null of no type would make another statement of it, that
    /// the driver does not prepare.
    /// </summary>
    static readonly ConcurrentDictionary<string, Type?[]> TypesOf = [];

    static Type?[] TypesIn(string sql, int count)
    {
        if (TypesOf.TryGetValue(sql, out var types)) return types;
        if (TypesOf.Count >= StatementsMax) TypesOf.Clear();
        return TypesOf.GetOrAdd(sql, static (_, count) => new Type?[count], count);
    }

    static NpgsqlParameter ParameterOf(object? value, Type?[] types, int i)
    {
        if (value is not null) types[i] = value.GetType();
        var parameter = new NpgsqlParameter { Value = value ?? DBNull.Value };
        if (value is not null) return parameter;
        if (types[i] == typeof(long)) parameter.NpgsqlDbType = NpgsqlDbType.Bigint;
        else if (types[i] == typeof(string)) parameter.NpgsqlDbType = NpgsqlDbType.Text;
        return parameter;
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
