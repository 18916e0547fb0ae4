using System.Globalization;

namespace CallCenter.Storage;

/// <summary>Keeps the few settings that hold for the whole server, by name.</summary>
sealed class ServerSettings(Db db)
{
    const int ValueMax = 4000;

    public Task<string?> Find(string name, CancellationToken stop = default) =>
        db.Read(tx => tx.Maybe<string>("select value from settings where name = @name", new { name }), stop);

    /// <summary>A whole number; what is not set, or is none, counts as <paramref name="otherwise"/>.</summary>
    public async Task<int> Number(string name, int otherwise, CancellationToken stop = default) =>
        int.TryParse(await Find(name, stop), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    public Task Set(string name, string value, CancellationToken stop = default) => db.Write(tx => Set(tx, name, value), stop);

    /// <summary>It stands when the transaction does.</summary>
    public Task Set(Tx tx, string name, string value)
    {
        if (value.Length > ValueMax) throw new Refusal(RefusalKind.Invalid, "settings.too-long", name, ValueMax);
        tx.AskAgain(name);
        return tx.Run("insert into settings (name, value) values (@name, @value) on conflict (name) do update set value = excluded.value", new { name, value });
    }
}
