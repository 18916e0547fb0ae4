namespace CallCenter.Calls;

/// <summary>What is asked about the phone systems that calls come from. Whoever connects them answers.</summary>
interface IPhoneSystems
{
    /// <summary>By the connection's id, the name that people gave it.</summary>
    IReadOnlyList<(string Connection, string Name)> Names { get; }

    /// <summary>Where national numbers that people write are at home: the country of this connection, else of most.</summary>
    string HomeCountry(string? connection = null);

    /// <summary>The id stands for one that was removed.</summary>
    string NameOf(string connection) => Names.FirstOrDefault(known => known.Connection == connection).Name ?? connection;
}
