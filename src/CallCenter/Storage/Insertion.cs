using Npgsql;

namespace CallCenter.Storage;

/// <summary>The insert of rows into a table, in words written once.</summary>
/// <param name="onConflict">From <c>on conflict</c> to its end; rows that are inserted together do not conflict with each other.</param>
sealed class Insertion(string table, string[] columns, string onConflict = "")
{
    public string[] Columns => columns;

    /// <summary>One row, with parameters named as the columns.</summary>
    public string OfOne { get; } = $"insert into {table} ({string.Join(", ", columns)}) values ({string.Join(", ", columns.Select(name => "@" + name))}) {onConflict}";

    /// <summary>What the values of each column are; null until one was there to be seen.</summary>
    readonly Type?[] types = new Type?[columns.Length];

    /// <summary>
    /// All rows as one statement of PostgreSQL, a column an array: a tenth of the work that a statement for each would be.
    /// An array of nulls has no type of its own, so a column that was null in all rows so far is written as that.
    /// </summary>
    public NpgsqlBatchCommand OfAll(IReadOnlyCollection<object?[]> rows)
    {
        var command = new NpgsqlBatchCommand();
        var picked = new string[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            // Remembered, so that the same words serve all rows and are planned once.
            if ((types[i] ??= rows.Select(row => row[i]).FirstOrDefault(value => value is not null)?.GetType()) is not { } type)
            {
                picked[i] = "null";
                continue;
            }

            command.Parameters.Add(new NpgsqlParameter { Value = ArrayOf(rows.Select(row => row[i]), type) });
            picked[i] = $"c{command.Parameters.Count}";
        }

        var numbers = Enumerable.Range(1, command.Parameters.Count).ToList();
        command.CommandText =
            $"insert into {table} ({string.Join(", ", columns)}) select {string.Join(", ", picked)} "
            + $"from unnest({string.Join(", ", numbers.Select(n => $"${n}"))}) as given ({string.Join(", ", numbers.Select(n => $"c{n}"))}) {onConflict}";
        return command;
    }

    static object ArrayOf(IEnumerable<object?> values, Type type) =>
        type == typeof(string) ? values.Cast<string?>().ToArray()
        : type == typeof(long) || type == typeof(int) ? values.Select(value => value is null ? (long?)null : Convert.ToInt64(value, null)).ToArray()
        : type == typeof(ReadOnlyMemory<byte>) ? values.Select(value => value is ReadOnlyMemory<byte> bytes ? bytes.ToArray() : null).ToArray()
        : throw new InvalidOperationException($"No rule for a value of type {type.Name}.");
}
