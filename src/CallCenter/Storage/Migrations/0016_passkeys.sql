-- What a person's devices sign in with: public keys, under the names the person gave them.
create table passkeys (
    id text primary key,
    user_id text not null,
    name text not null,
    public_key text not null,
    sign_count bigint not null,
    transports text not null,
    is_verified bigint not null,
    is_backup_eligible bigint not null,
    is_backed_up bigint not null,
    created_at bigint not null,
    used_at bigint
);

create index passkeys_by_user on passkeys (user_id);
