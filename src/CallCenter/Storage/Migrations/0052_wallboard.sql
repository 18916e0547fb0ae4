-- Links by which a screen on a wall shows the wallboard without a session; only the hash of the secret is kept. teams: ids, null for all
-- calls that who made it sees. seen_at: when a screen last showed something by it.
create table wallboard_links (
    id $autoid$,
    hash text not null unique,
    name text not null,
    teams text,
    made_by text not null,
    made_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    seen_at bigint
);
