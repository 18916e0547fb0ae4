-- Call logs of phone systems in the cloud, as they were asked for. next_at: when it is its turn; null once it is over.
create table log_fetches (
    id $autoid$,
    connection text not null,
    from_at bigint not null,
    until_at bigint not null,
    reason text not null,
    asked_by text,
    asked_at bigint not null,
    next_at bigint,
    ended_at bigint,
    state text not null,
    tries bigint not null,
    pages bigint not null,
    records bigint not null,
    added bigint not null,
    mended bigint not null,
    unchanged bigint not null,
    unfinished bigint not null,
    unreadable bigint not null,
    unfinished_since bigint,
    fault text,
    said text
);

create index log_fetches_by_connection on log_fetches (connection, id);
create index log_fetches_waiting on log_fetches (next_at) where next_at is not null;

-- Until when the calls of a connection were compared with its log, and when they are again. settings_of: when the settings
-- were changed that it was asked with.
create table log_marks (
    connection text primary key,
    covered_until bigint not null,
    next_at bigint not null,
    settings_of bigint not null
);

-- Tokens that clouds hand out for a while; protected. credentials: a hash of what they were got with.
create table access_tokens (
    connection text primary key,
    credentials text not null,
    token text not null,
    ends_at bigint not null
);

-- Whether clouds still send to us, as they said when they were asked last. failing_since: null while all is well.
create table subscriptions (
    connection text primary key,
    is_there integer not null,
    ends_at bigint,
    checked_at bigint,
    failing_since bigint,
    fault text,
    said text,
    tries bigint not null,
    next_at bigint not null,
    settings_of bigint not null
);
