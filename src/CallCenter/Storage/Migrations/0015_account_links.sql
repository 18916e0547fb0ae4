-- Links that set a password: invitations and resets. Of what the link says only its hash is kept.
create table account_links (
    hash text primary key,
    user_id text not null,
    kind text not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

create index account_links_by_user on account_links (user_id, created_at);
