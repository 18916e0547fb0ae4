-- What is the matter, once for each time it is. detail holds names and figures and no sentence, so that everybody reads it in
-- his own language. told_at: the mails were written; ended_at: it is over.
create table alerts (
    id $autoid$,
    kind text not null,
    subject text not null,
    episode text not null,
    team_id text,
    at bigint not null,
    detail text not null,
    told_at bigint,
    ended_at bigint,
    acknowledged_at bigint,
    acknowledged_by text
);

create unique index alerts_once on alerts (kind, subject, episode);
create index alerts_by_time on alerts (at);
create index alerts_going_on on alerts (kind, subject) where ended_at is null;
create index alerts_not_told on alerts (id) where told_at is null;

-- What somebody set otherwise than it is by itself.
create table alert_rules (
    kind text primary key,
    settings text not null,
    recipients text not null,
    active integer not null
);

-- Addresses of other programs that are told. secret: protected; the previous one signs beside it for a while. kinds: empty for all.
create table webhooks_out (
    id text primary key,
    name text not null,
    url text not null,
    secret text not null,
    previous_secret text,
    previous_until bigint,
    kinds text not null,
    active integer not null,
    gone_at bigint,
    created_at bigint not null
);

-- What is to be sent to one of them, and what became of it. next_at: null once it arrived or was given up.
create table deliveries (
    id text primary key,
    webhook_id text not null,
    alert_id bigint,
    kind text not null,
    body text not null,
    attempts integer not null,
    created_at bigint not null,
    next_at bigint,
    delivered_at bigint,
    dead_at bigint,
    last_status integer,
    last_fault text
);

create index deliveries_waiting on deliveries (webhook_id, next_at) where next_at is not null;
create index deliveries_by_time on deliveries (created_at);
create index deliveries_done on deliveries (delivered_at) where delivered_at is not null;
create index deliveries_dead on deliveries (dead_at) where dead_at is not null;
