-- The authenticator app of a person. The key is protected; without authenticator_at it has not been confirmed by a code yet.
alter table users add column authenticator_key text;
alter table users add column authenticator_at bigint;

create table recovery_codes (
    user_id text not null,
    hash text not null,
    primary key (user_id, hash)
);

-- Codes that were used already, for as long as they would still be right.
create table used_codes (
    user_id text not null,
    code text not null,
    used_at bigint not null,
    primary key (user_id, code)
);

alter table sessions add column agent text not null default '';
alter table sessions add column address text not null default '';
