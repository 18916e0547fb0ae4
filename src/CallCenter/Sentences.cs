namespace CallCenter;

/// <summary>What a refusal says on the command line and in the API, in English; screens say it in the reader's language.</summary>
static class Sentences
{
    public static string Of(Refusal refusal) => refusal.Code switch
    {
        "provider.unknown" => $"there is no provider '{refusal.Arguments[0]}'; known are: {refusal.Arguments[1]}",
        "connection.unknown" => $"there is no connection '{refusal.Arguments[0]}'",
        "connection.name" => "a connection needs a name of 1 to 100 characters",
        "connection.no-such-secret" => $"the provider has no secret named '{refusal.Arguments[0]}'",
        "connection.no-secret" => $"the provider of '{refusal.Arguments[0]}' has no secret to rotate",
        "connection.setting-too-long" => $"the setting '{refusal.Arguments[0]}' is too long; {refusal.Arguments[1]} characters are allowed",
        "connection.setting-missing" => $"the setting '{refusal.Arguments[0]}' is missing; give it with --set {refusal.Arguments[0]}=...",
        "connection.unknown-zone" => $"'{refusal.Arguments[0]}' is no IANA time zone, such as Europe/Madrid",
        "key.name" => $"a key needs a name of 1 to {refusal.Arguments[0]} characters",
        "key.no-scope" => $"a key needs at least one scope of: {refusal.Arguments[0]}",
        "key.unknown-scope" => $"there is no scope '{refusal.Arguments[0]}'; known are: {refusal.Arguments[1]}",
        "key.unknown" => $"there is no API key '{refusal.Arguments[0]}'",
        "call.unknown" => $"there is no call '{refusal.Arguments[0]}'",
        "calls.bad-cursor" => "this is no cursor that was given out; take 'next' of the page before, or leave it out for the first page",
        "api.bad-instant" => $"'{refusal.Arguments[1]}' is no instant for '{refusal.Arguments[0]}'; write ISO 8601 with an offset, such as 2026-05-04T00:00:00Z or 2026-05-04T00:00:00%2B02:00",
        "api.bad-value" => $"'{refusal.Arguments[1]}' is no value of '{refusal.Arguments[0]}'; it takes one of: {refusal.Arguments[2]}",
        "api.bad-limit" => $"'{refusal.Arguments[0]}' is no limit; write a number from 1 to {refusal.Arguments[1]}",
        "api.bad-event-id" => $"'{refusal.Arguments[0]}' is no event id; send the id of the last event as it came, or none",
        "api.unknown-parameter" => $"there is no parameter '{refusal.Arguments[0]}'; known are: {refusal.Arguments[1]}",
        "api.too-many-streams" => $"there are {refusal.Arguments[0]} streams open already; try again later",
        "api.unknown-address" => $"there is nothing at {refusal.Arguments[0]}; /api/docs lists what there is",
        "calls.stale-after" => $"'{refusal.Arguments[0]}' is no time after which a silent call is given up; say it as 4h, 90m or 2d, or 0 for never",
        "connection.settings" => $"{refusal.Arguments[0]}",
        "user.email" => "this is no email address",
        "user.email-taken" => $"somebody signs in with {refusal.Arguments[0]} already",
        "user.name" => "a person needs a name of 1 to 100 characters",
        "user.password-too-short" => $"the password is too short; {refusal.Arguments[0]} characters are needed",
        "user.password-too-long" => $"the password is too long; {refusal.Arguments[0]} characters are allowed",
        "user.password-too-plain" => "the password repeats too few characters; use at least four different ones",
        "backup.postgres" => "PostgreSQL has its own tool: pg_dump",
        "backup.exists" => $"there is something at {refusal.Arguments[0]} already; name a new file",
        "backup.damaged" => $"{refusal.Arguments[0]} is damaged, so its copy was not kept; 'callcenter verify' says more",
        "recording.none" => $"there is no recording at {refusal.Arguments[0]}; a capture folder or a *.requests.jsonl file is needed",
        "recording.damaged" => $"{refusal.Arguments[0]} cannot be read at line {refusal.Arguments[1]}",
        "recording.other-kind" => $"{refusal.Arguments[0]} is no recording of what provider '{refusal.Arguments[1]}' sends",
        "storage.not-durable" => $"the database may lose commits in a power cut ({refusal.Arguments[0]}); set it to on, or start with --allow-data-loss",
        "storage.sqlite-too-old" => $"SQLite {refusal.Arguments[0]} can corrupt its file; 3.51.3 or later is needed",
        "storage.postgres-too-old" => "PostgreSQL 15 or later is needed",
        "storage.no-file" => $"there is no database at {refusal.Arguments[0]}; name one with --database, or start the server first",
        _ => refusal.Message,
    };
}
