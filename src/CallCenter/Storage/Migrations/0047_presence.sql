-- Who is there. seen_at: when one of his screens said so last.
create table presence (
    user_id text primary key,
    state text not null,
    reason text,
    since bigint not null,
    seen_at bigint not null
);

-- When who was available or paused. until: null while it lasts.
create table presence_log (
    user_id text not null,
    since bigint not null,
    until bigint,
    state text not null,
    reason text,
    primary key (user_id, since)
) $clustered$;

create index presence_log_by_time on presence_log (since);
create index presence_log_open on presence_log (user_id) where until is null;
