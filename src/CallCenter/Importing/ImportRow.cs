namespace CallCenter.Importing;

#pragma warning disable IDE1006 // columns keep their names
/// <summary>What the rows of all kinds of imports have in common.</summary>
abstract class ImportRow
{
    public long id { get; init; }
    public string state { get; init; } = "";
    public string body { get; init; } = "";
    public string sample { get; init; } = "";
    public string hash { get; init; } = "";
    public long done { get; init; }
    public long total { get; init; }
    public long added { get; init; }
    public long changed { get; init; }
    public long same { get; init; }
    public long refused { get; init; }
    public long created_at { get; init; }
    public long? ended_at { get; init; }

    protected DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(created_at);

    protected DateTimeOffset? EndedAt => ended_at is { } ended ? DateTimeOffset.FromUnixTimeMilliseconds(ended) : null;
}
#pragma warning restore IDE1006
