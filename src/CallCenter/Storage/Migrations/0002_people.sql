create table users (
    id text primary key,
    email text not null,
    normalized_email text not null unique,
    name text not null,
    password_hash text,
    security_stamp text not null,
    role text not null,
    language text not null,
    time_zone text not null,
    failed_count integer not null,
    locked_until bigint,
    created_at bigint not null
);

-- Who is signed in where. Of the id in the cookie only its hash is kept, so that a copy of this table signs nobody in.
create table sessions (
    hash text primary key,
    user_id text not null,
    security_stamp text not null,
    created_at bigint not null,
    seen_at bigint not null
);

create index sessions_by_user on sessions (user_id);

create table api_keys (
    id text primary key,
    name text not null,
    hash text not null unique,
    scopes text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
