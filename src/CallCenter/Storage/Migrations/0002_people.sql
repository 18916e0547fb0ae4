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

create table api_keys (
    id text primary key,
    name text not null,
    hash text not null unique,
    scopes text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
