-- $id$: a key the server gives out; $autoid$: one the database counts up; $bytes$: raw bytes; $clustered$: stored in
-- the order of its key; $callids$: where ids of calls come from. Everything else is said in the words both databases know. Instants are UTC milliseconds.

create table counters (
    name text primary key,
    next bigint not null
);

insert into counters (name, next) values ('calls', 1), ('version', 1), ('probe', 1);

$callids$;

create table settings (
    name text primary key,
    value text not null
);

create table protection_keys (
    name text primary key,
    xml text not null
);

create table connections (
    id text primary key,
    name text not null,
    provider text not null,
    state text not null,
    settings text not null,
    created_at bigint not null,
    changed_at bigint not null
);

-- What phone systems sent, as it arrived, with what we made of it.
create table arrivals (
    id $autoid$,
    connection text not null,
    received_at bigint not null,
    method text not null,
    url text not null,
    headers text not null,
    body $bytes$ not null,
    verdict text not null,
    reason text,
    call_key text
);

create index arrivals_by_time on arrivals (connection, received_at);
create index arrivals_by_call on arrivals (connection, call_key) where call_key is not null;
create index arrivals_in_trouble on arrivals (connection, verdict, id) where verdict in ('Unreadable', 'Rejected');

-- How many came in each hour, kept with the arrivals, so that nobody counts millions of rows for a figure on a card.
create table arrival_counts (
    connection text not null,
    hour bigint not null,
    verdict text not null,
    arrived bigint not null,
    last_at bigint not null,
    primary key (connection, hour, verdict)
) $clustered$;

-- The facts. A call is the fold of its rows here, and nothing else. In the order in which they came, because calls that go
-- on at the same time would each touch a page of their own.
create table call_events (
    call_id bigint not null,
    identity text not null,
    at bigint not null,
    ordinal integer not null,
    body text not null,
    primary key (call_id, identity)
);

create table calls (
    id $id$,
    connection text not null,
    call_key text not null,
    provider text not null,
    direction text not null,
    state text not null,
    outcome text,
    missed integer not null,
    missed_reason text,
    customer_number text,
    customer_key text,
    line text,
    queue text,
    operator text,
    started_at bigint not null,
    queued_at bigint,
    ringing_at bigint,
    answered_at bigint,
    ended_at bigint,
    last_event_at bigint not null,
    stale integer not null,
    voicemail integer not null,
    dialled integer not null,
    recovered_by bigint,
    recovered_at bigint,
    reached_by bigint,
    reached_at bigint,
    self_recovered_by bigint,
    self_recovered_at bigint,
    version bigint not null,
    detail text not null
);

create unique index calls_by_key on calls (connection, call_key);
create unique index calls_by_version on calls (version);
create index calls_alive on calls (started_at, id) where ended_at is null;

-- History is read by one filter and newest first. A call enters these once, when it ends.
create index calls_by_start on calls (started_at, id) where ended_at is not null;
create index calls_by_direction on calls (direction, started_at, id) where ended_at is not null;
create index calls_by_outcome on calls (outcome, started_at, id) where ended_at is not null;
create index calls_by_operator on calls (operator, started_at, id) where ended_at is not null;
create index calls_by_queue on calls (queue, started_at, id) where ended_at is not null;
create index calls_by_line on calls (line, started_at, id) where ended_at is not null;
create index calls_by_customer on calls (customer_key, started_at, id) where ended_at is not null;
create index calls_by_connection on calls (connection, started_at, id) where ended_at is not null;
create index calls_missed on calls (started_at, id) where missed = 1;

-- Recovery looks for what came after a miss, and for the misses that a call may make good.
create index calls_dialled on calls (customer_key, started_at) where dialled = 1;
create index calls_reached on calls (customer_key, started_at) where dialled = 1 and answered_at is not null;
create index calls_taken on calls (customer_key, started_at) where direction = 'Inbound' and answered_at is not null;
create index calls_missed_by_number on calls (customer_key, ended_at, recovered_at, reached_at, self_recovered_at) where missed = 1;
create index calls_recovered_by on calls (recovered_by) where recovered_by is not null;
create index calls_reached_by on calls (reached_by) where reached_by is not null;
create index calls_self_recovered_by on calls (self_recovered_by) where self_recovered_by is not null;
