namespace CallCenter.Audit;

/// <summary>Who does something that is written down: a person, a program with its key, or whoever sits at the server's console.</summary>
/// <param name="Id"><c>user:</c> or <c>key:</c> and an id, or <c>console</c>.</param>
/// <param name="Name">As it was then; names change and people leave.</param>
public sealed record Actor(string Id, string Name)
{
    /// <summary>The command line: whoever may run it may also read the database file.</summary>
    public static Actor Console { get; } = new("console", Environment.UserName);

    public static Actor User(string id, string name) => new($"user:{id}", name);

    public static Actor Key(string id, string name) => new($"key:{id}", name);

    /// <summary>The server itself, by a rule.</summary>
    public static Actor Server { get; } = new("server", "");
}
