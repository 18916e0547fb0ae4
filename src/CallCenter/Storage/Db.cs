using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace CallCenter.Storage;

/// <summary>
/// The database: one SQLite file (the default) or PostgreSQL. One writer at a time on SQLite, so that commits are shared
/// and nobody waits for a lock in the file; readers have their own connections and never wait for the writer.
/// </summary>
/// <remarks>
/// SQLite runs in WAL mode with <c>synchronous=FULL</c>, PostgreSQL with <c>synchronous_commit=on</c> and <c>fsync=on</c>;
/// <see cref="Open"/> refuses anything weaker unless told otherwise, because a 2xx says "it is on disk".
/// </remarks>
sealed class Db : IAsyncDisposable
{
    const int ReadersMax = 16;
    const int CommitsPerCheckpoint = 32;
    const int Busy = 5, Locked = 6; // of SQLite

    /// <summary>One in so many connections to PostgreSQL is for writing, where most wait for their turn anyway.</summary>
    const int WriterShare = 5;

    // Earlier ones can corrupt a WAL file written through several connections.
    static readonly Version SqliteOldest = new(3, 51, 3);

    readonly NpgsqlDataSource? postgres, writers;
    readonly string synchronous;
    readonly SemaphoreSlim writing = new(1, 1);
    readonly SemaphoreSlim reading = new(ReadersMax, ReadersMax);
    readonly ConcurrentBag<Session> readers = [];
    Session? writer, stamping, checkpointer;
    Task checkpointing = Task.CompletedTask;
    int sinceCheckpoint;

    // When a turn to write last ended because the lock on the file was not to be had, and why; changed in the turn.
    (long At, SqliteException Why)? lockedOut;

    Db(NpgsqlDataSource? postgres, NpgsqlDataSource? writers, string file, string synchronous) =>
        (this.postgres, this.writers, File, this.synchronous) = (postgres, writers, file, synchronous);

    public bool IsPostgres => postgres is not null;

    /// <summary>For LISTEN and advisory locks; only on PostgreSQL.</summary>
    public NpgsqlDataSource Postgres => postgres ?? throw new InvalidOperationException("This database is not PostgreSQL.");

    /// <summary>The SQLite file; empty on PostgreSQL.</summary>
    public string File { get; }

    /// <summary>An administrator chose speed over durability with the named flag; shown in red.</summary>
    public bool IsUnsafe { get; private init; }

    /// <summary>Opens, brings the schema up to date and checks that a commit really reaches the disk.</summary>
    /// <param name="database">A file path, or a connection string with <c>Host=</c>.</param>
    /// <param name="allowUnsafe">Accept a database that may lose commits in a power cut.</param>
    /// <exception cref="Refusal">The database cannot be used; the code says why.</exception>
    public static Task<Db> Open(string database, bool allowUnsafe = false, string synchronous = "FULL", CancellationToken stop = default) =>
        IsPostgresText(database)
            ? OpenPostgres(database, allowUnsafe, stop)
            : OpenFile(database, allowUnsafe, synchronous, stop);

    public static bool IsPostgresText(string database) => database.Contains("Host=", StringComparison.OrdinalIgnoreCase);

    /// <summary>The SQLite file that <c>--database</c> names.</summary>
    public static string FileOf(string database) =>
        Path.GetFullPath(database.StartsWith("Data Source=", StringComparison.OrdinalIgnoreCase) ? database[12..] : database);

    /// <summary>Reads a consistent picture: several reads in one call see the same moment.</summary>
    public async Task<T> Read<T>(Func<Tx, Task<T>> work, CancellationToken stop = default)
    {
        if (IsPostgres)
        {
            await using var session = new Session(await Postgres.OpenConnectionAsync(stop));
            await using var transaction = await session.Connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, stop);
            return await work(new Tx(session, transaction, isPostgres: true));
        }

        await reading.WaitAsync(stop);
        try
        {
            // On a pool thread: SQLite has no asynchronous reads, and a screen must not wait for a long one.
            return await Task.Run(() => ReadFile(work, stop), stop);
        }
        finally
        {
            reading.Release();
        }
    }

    public Task Write(Func<Tx, Task> work, CancellationToken stop = default) =>
        Write(async tx =>
        {
            await work(tx);
            return true;
        }, stop);

    /// <summary>Runs the work in one transaction; returns after the commit is on disk. Announcements are heard only then.</summary>
    public async Task<T> Write<T>(Func<Tx, Task<T>> work, CancellationToken stop = default)
    {
        if (writers is not null)
        {
            await using var session = new Session(await writers.OpenConnectionAsync(stop));
            return await Commit(session, work, stop);
        }

        var asked = Stopwatch.GetTimestamp();
        await writing.WaitAsync(stop);
        try
        {
            // Another program holds the file: who stood in line while one waited in vain has waited as long, and is refused with it.
            if (lockedOut is { } told && asked < told.At) throw new SqliteException(told.Why.Message, told.Why.SqliteErrorCode, told.Why.SqliteExtendedErrorCode);
            writer ??= await OpenSqlite(readOnly: false, stop);
            var result = await Commit(writer, work, stop);
            CheckpointBeside();
            return result;
        }
        catch (SqliteException e)
        {
            if (e.SqliteErrorCode is Busy or Locked && !(asked < lockedOut?.At)) lockedOut = (Stopwatch.GetTimestamp(), e);
            // A connection that met a full or read-only disk is not trusted with the next transaction.
            if (writer is not null) await writer.DisposeAsync();
            writer = null;
            throw;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>
    /// Brings what was committed from the log into the file while the writer goes on, who would stop for it. When this does not
    /// keep up he does the rest himself (<c>wal_autocheckpoint</c>), so the log has a limit.
    /// </summary>
    void CheckpointBeside()
    {
        if (++sinceCheckpoint < CommitsPerCheckpoint || !checkpointing.IsCompleted) return;
        sinceCheckpoint = 0;
        checkpointing = Task.Run(async () =>
        {
            try
            {
                checkpointer ??= await OpenSqlite(readOnly: false, CancellationToken.None);
                await using var command = checkpointer.Connection.CreateCommand();
                command.CommandText = "pragma wal_checkpoint(passive)";
                await command.ExecuteNonQueryAsync();
            }
            catch (SqliteException)
            {
                // The log still has everything; the writer meets the same trouble and says so.
                if (checkpointer is not null) await checkpointer.DisposeAsync();
                checkpointer = null;
            }
        });
    }

    /// <summary>SQLite: a number that is another one whenever another connection has committed, be it another process's. One asks at a time.</summary>
    public async Task<long> Stamp(CancellationToken stop)
    {
        try
        {
            stamping ??= await OpenSqlite(readOnly: true, stop);
            await using var command = stamping.Connection.CreateCommand();
            command.CommandText = "pragma data_version";
            return Convert.ToInt64(await command.ExecuteScalarAsync(stop), CultureInfo.InvariantCulture);
        }
        catch
        {
            if (stamping is not null) await stamping.DisposeAsync();
            stamping = null;
            throw;
        }
    }

    /// <summary>
    /// Takes a name that only one node may hold at a time (a direct connection, a scheduled job); null when another node
    /// has it. On SQLite there is one node, so it is always granted.
    /// </summary>
    public async Task<Held?> Hold(string name, CancellationToken stop)
    {
        if (!IsPostgres) return new Held(null, name);
        var connection = await Postgres.OpenConnectionAsync(stop);
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "select pg_try_advisory_lock(hashtextextended(@name, 7))";
            command.Parameters.AddWithValue("name", name);
            if (await command.ExecuteScalarAsync(stop) is true) return new Held(connection, name);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await checkpointing;
        if (checkpointer is not null) await checkpointer.DisposeAsync();
        while (readers.TryTake(out var session)) await session.DisposeAsync();
        if (writer is not null) await writer.DisposeAsync();
        if (stamping is not null) await stamping.DisposeAsync();
        (writer, stamping) = (null, null);
        if (postgres is not null) await postgres.DisposeAsync();
        if (writers is not null) await writers.DisposeAsync();
    }

    /// <summary>Trouble of the storage itself, not of what is stored: worth trying again, and answered 503.</summary>
    public static bool IsOutage(Exception e) => e switch
    {
        // busy, locked, read-only, I/O error, corrupt, full, cannot open, not a database
        SqliteException { SqliteErrorCode: 5 or 6 or 8 or 10 or 11 or 13 or 14 or 26 } => true,
        PostgresException { SqlState: var state } => state[..2] is "08" or "53" or "57" or "58" or "25" || state is "40001" or "40P01",
        NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException or System.Net.Sockets.SocketException or ObjectDisposedException => true,
        _ => false,
    };

    static async Task<Db> OpenPostgres(string database, bool allowUnsafe, CancellationToken stop)
    {
        var text = ReadText(database);
        text.MaxAutoPrepare = 200;
        text.AutoPrepareMinUsages = 2;
        text.ApplicationName = "callcenter";
        // What it would compile takes ten milliseconds to compile and a hundredth of that to run.
        text.Options = $"-c jit=off {text.Options}".TrimEnd();
        var connections = text.MaxPoolSize;
        text.MaxPoolSize = connections - connections / WriterShare;
        var source = new NpgsqlDataSourceBuilder(text.ConnectionString).Build();
        // What is written asks the same few questions all day, by number or key: planning them anew took half of what a call costs.
        text.Options += " -c plan_cache_mode=force_generic_plan";
        text.MaxPoolSize = Math.Max(connections / WriterShare, 1);
        var writers = new NpgsqlDataSourceBuilder(text.ConnectionString).Build();
        try
        {
            await CheckPostgres(source, allowUnsafe, stop);
            await Schema.Upgrade(source, text.ConnectionString, stop);
            return new Db(source, writers, "", "") { IsUnsafe = allowUnsafe };
        }
        catch (Exception e)
        {
            await source.DisposeAsync();
            await writers.DisposeAsync();
            // A wrong password, no such database, no right to make tables in it.
            if (e is PostgresException { SqlState: "28000" or "28P01" or "3D000" or "42501" } refused) throw new Refusal(RefusalKind.Unavailable, "storage.postgres-refuses", refused.MessageText);
            throw;
        }
    }

    static NpgsqlConnectionStringBuilder ReadText(string database)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(database);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new Refusal(RefusalKind.Invalid, "storage.no-connection-string", e.Message);
        }
    }

    static async Task<Db> OpenFile(string database, bool allowUnsafe, string synchronous, CancellationToken stop)
    {
        var file = FileOf(database);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var db = new Db(null, null, file, synchronous) { IsUnsafe = synchronous != "FULL" };
        try
        {
            await db.CheckSqlite(allowUnsafe, stop);
            Schema.Upgrade(db.SqliteText());
            return db;
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    async Task<T> ReadFile<T>(Func<Tx, Task<T>> work, CancellationToken stop)
    {
        if (!readers.TryTake(out var session)) session = await OpenSqlite(readOnly: true, stop);
        try
        {
            T result;
            await using (var transaction = ((SqliteConnection)session.Connection).BeginTransaction(deferred: true))
                result = await work(new Tx(session, transaction, isPostgres: false));
            readers.Add(session);
            return result;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    static async Task<T> Commit<T>(Session session, Func<Tx, Task<T>> work, CancellationToken stop)
    {
        Tx tx;
        T result;
        await using (var transaction = await session.Connection.BeginTransactionAsync(stop))
        {
            tx = new Tx(session, transaction, session.Connection is NpgsqlConnection);
            result = await work(tx);
            await tx.Send();
            await transaction.CommitAsync(CancellationToken.None);
        }

        tx.Tell();
        return result;
    }

    async Task<Session> OpenSqlite(bool readOnly, CancellationToken stop)
    {
        var connection = new SqliteConnection(SqliteText());
        try
        {
            await connection.OpenAsync(stop);
            await using var pragmas = connection.CreateCommand();
            pragmas.CommandText = readOnly
                ? "pragma query_only=1; pragma cache_size=-16000; pragma mmap_size=268435456; pragma temp_store=memory"
                : $"pragma journal_mode=wal; pragma synchronous={synchronous}; pragma foreign_keys=1; pragma cache_size=-64000; pragma wal_autocheckpoint=16000; pragma temp_store=memory";
            await pragmas.ExecuteNonQueryAsync(stop);
            return new Session(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    string SqliteText() => new SqliteConnectionStringBuilder { DataSource = File, Pooling = false, DefaultTimeout = 5 }.ConnectionString;

    async Task CheckSqlite(bool allowUnsafe, CancellationToken stop)
    {
        await using var session = await OpenSqlite(readOnly: false, stop);
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select sqlite_version()";
        var version = (string)(await command.ExecuteScalarAsync(stop))!;
        if (Version.Parse(version) < SqliteOldest) throw new Refusal(RefusalKind.Unavailable, "storage.sqlite-too-old", version);
        command.CommandText = "pragma synchronous";
        var level = Convert.ToInt64(await command.ExecuteScalarAsync(stop), CultureInfo.InvariantCulture);
        if (level < 2 && !allowUnsafe) throw new Refusal(RefusalKind.Unavailable, "storage.not-durable", "synchronous");
    }

    static async Task CheckPostgres(NpgsqlDataSource source, bool allowUnsafe, CancellationToken stop)
    {
        await using var command = source.CreateCommand(
            "select current_setting('fsync'), current_setting('synchronous_commit'), current_setting('server_version_num')");
        await using var row = await command.ExecuteReaderAsync(stop);
        await row.ReadAsync(stop);
        if (int.Parse(row.GetString(2), CultureInfo.InvariantCulture) < 150000)
            throw new Refusal(RefusalKind.Unavailable, "storage.postgres-too-old", row.GetString(2));
        if (allowUnsafe) return;
        if (row.GetString(0) != "on") throw new Refusal(RefusalKind.Unavailable, "storage.not-durable", "fsync");
        if (row.GetString(1) is "off" or "local") throw new Refusal(RefusalKind.Unavailable, "storage.not-durable", "synchronous_commit");
    }

    /// <summary>A name held by this node. The lock lives and dies with its database connection.</summary>
    public sealed class Held(NpgsqlConnection? connection, string name) : IAsyncDisposable
    {
        /// <summary>False when the connection broke and another node may have taken the name.</summary>
        public async Task<bool> IsStillHeld(CancellationToken stop)
        {
            if (connection is null) return true;
            try
            {
                await using var command = connection.CreateCommand();
                command.CommandText = "select 1";
                command.CommandTimeout = 5;
                await command.ExecuteScalarAsync(stop);
                return true;
            }
            catch (Exception e) when (IsOutage(e) || e is InvalidOperationException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (connection is null) return;
            try
            {
                // A connection goes back to its pool as it is, and is reset only when somebody takes it again.
                await using var command = connection.CreateCommand();
                command.CommandText = "select pg_advisory_unlock(hashtextextended(@name, 7))";
                command.Parameters.AddWithValue("name", name);
                await command.ExecuteScalarAsync();
            }
            catch (Exception e) when (IsOutage(e) || e is InvalidOperationException)
            {
                // With the connection the lock is gone too.
            }

            await connection.DisposeAsync();
        }
    }
}
