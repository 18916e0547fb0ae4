using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CallCenter.Storage;

/// <summary>A row of a query's answer, columns by number.</summary>
interface IRow
{
    int Columns { get; }

    bool IsNull(int column);

    long Long(int column);

    string Text(int column);

    /// <summary>A long, a string, or null.</summary>
    object? Value(int column);
}

/// <summary>
/// A statement prepared on the SQLite file. Straight to the engine, because on the hot path ADO.NET costs more than what
/// SQLite itself does with the row.
/// </summary>
sealed class FileStatement : IRow, IDisposable
{
    const int TextOnStackMax = 1024;

    readonly sqlite3 file;
    readonly sqlite3_stmt statement;
    readonly int[] places;

    /// <param name="parameters">In the order in which their values will come; each may stand in the text several times.</param>
    public FileStatement(sqlite3 file, string sql, string[] parameters)
    {
        this.file = file;
        Check(raw.sqlite3_prepare_v2(file, sql, out statement));
        places = [.. parameters.Select(name => raw.sqlite3_bind_parameter_index(statement, "@" + name))];
    }

    public int Columns => raw.sqlite3_column_count(statement);

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));

    public object? Value(int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => Long(column),
        raw.SQLITE_TEXT => Text(column),
        var type => throw new InvalidOperationException($"No rule for a column of type {type}."),
    };

    /// <summary>Runs it with these values, and hands over each row of the answer while it stands on it.</summary>
    public void Run(object?[] values, Action<IRow>? read = null)
    {
        try
        {
            for (var i = 0; i < places.Length; i++) Check(Bind(places[i], values[i]));
            while (true)
            {
                var result = raw.sqlite3_step(statement);
                if (result == raw.SQLITE_DONE) return;
                if (result != raw.SQLITE_ROW) Check(result);
                read?.Invoke(this);
            }
        }
        finally
        {
            // Its answer is that of the step again, which was heard already.
            raw.sqlite3_reset(statement);
        }
    }

    public void Dispose() => statement.Dispose();

    int Bind(int place, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(statement, place),
        long number => raw.sqlite3_bind_int64(statement, place, number),
        int number => raw.sqlite3_bind_int64(statement, place, number),
        "" => raw.sqlite3_bind_text(statement, place, ""), // an empty span would be taken for null
        string text => BindText(place, text),
        ReadOnlyMemory<byte> { Length: 0 } => raw.sqlite3_bind_zeroblob(statement, place, 0),
        ReadOnlyMemory<byte> bytes => raw.sqlite3_bind_blob(statement, place, bytes.Span),
        _ => throw new InvalidOperationException($"No rule for a value of type {value.GetType().Name}."),
    };

    int BindText(int place, string text)
    {
        var length = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (length <= TextOnStackMax)
        {
            Span<byte> bytes = stackalloc byte[TextOnStackMax];
            return raw.sqlite3_bind_text(statement, place, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return raw.sqlite3_bind_text(statement, place, rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    void Check(int result)
    {
        if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, file);
    }
}
