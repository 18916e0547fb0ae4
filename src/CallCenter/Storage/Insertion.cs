using Npgsql;

namespace CallCenter.Storage;

/// <summary>The insert of rows into a table, in words written once.</summary>
/// <param name="onConflict">From <c>on conflict</c> to its end; rows that are inserted together do not conflict with each other.</param>
sealed class Insertion(string table, string[] columns, string onConflict = "")
{
    public string[] Columns => columns;

    /// <summary>One row, with parameters named as the columns.</summary>
    public string OfOne { get; } = $"insert into {table} ({string.Join(", ", columns)}) values ({string.Join(", ", columns.Select(name => "@" + name))}) {onConflict}";

    /// <summary>
    /// All rows as one statement of PostgreSQL, a column an array: a tenth of the work that a statement for each would be.
    /// An array of nulls has no type, so a column that is null everywhere is written as that.
    /// </summary>
    public NpgsqlBatchCommand OfAll(IReadOnlyCollection<object?[]> rows)
    {
        var command = new NpgsqlBatchCommand();
        var picked = new string[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            if (rows.Select(row => row[i]).FirstOrDefault(value => value is not null) is not { } sample)
            {
                picked[i] = "null";
                continue;
            }

            command.Parameters.Add(new NpgsqlParameter { Value = ArrayOf(rows.Select(row => row[i]), sample) });
            picked[i] = $"c{command.Parameters.Count}";
        }

        var numbers = Enumerable.Range(1, command.Parameters.Count).ToList();
        command.CommandText =
            $"insert into {table} ({string.Join(", ", columns)}) select {string.Join(", ", picked)} "
            + $"from unnest({string.Join(", ", numbers.Select(n => $"${n}"))}) as given ({string.Join(", ", numbers.Select(n => $"c{n}"))}) {onConflict}";
        return command;
    }

    static object ArrayOf(IEnumerable<object?> values, object sample) => sample switch
    {
        string => values.Cast<string?>().ToArray(),
        long or int => values.Select(value => value is null ? (long?)null : Convert.ToInt64(value, null)).ToArray(),
        ReadOnlyMemory<byte> => values.Select(value => value is ReadOnlyMemory<byte> bytes ? bytes.ToArray() : null).ToArray(),
        _ => throw new InvalidOperationException($"No rule for a value of type {sample.GetType().Name}."),
    };
}
