-- Figures are sums over calls that ended, kept ready. A total is about what its key says, and about half an hour or a day
-- of UTC in which calls began, so that every zone finds its days in them. name, team_id, standing: empty where there is none.
create table total_keys (
    id $id$,
    cut text not null,
    connection text not null,
    name text not null,
    team_id text not null,
    direction text not null,
    standing text not null
);

create unique index total_keys_one on total_keys (cut, connection, name, team_id, direction, standing);

-- slot: half hours since 1970. spreads: how often each number of seconds occurred, see Tally.
create table totals_by_slot (
    key_id bigint not null,
    slot bigint not null,
    calls bigint not null,
    cancelled bigint not null,
    no_answer bigint not null,
    busy bigint not null,
    failed bigint not null,
    wait_ms bigint not null,
    ring_ms bigint not null,
    talk_ms bigint not null,
    hold_ms bigint not null,
    in_vain bigint not null,
    recoveries bigint not null,
    recovery_seconds bigint not null,
    cases bigint not null,
    closed_cases bigint not null,
    spreads text not null,
    primary key (key_id, slot)
) $clustered$;

-- day: days since 1970.
create table totals_by_day (
    key_id bigint not null,
    day bigint not null,
    calls bigint not null,
    cancelled bigint not null,
    no_answer bigint not null,
    busy bigint not null,
    failed bigint not null,
    wait_ms bigint not null,
    ring_ms bigint not null,
    talk_ms bigint not null,
    hold_ms bigint not null,
    in_vain bigint not null,
    recoveries bigint not null,
    recovery_seconds bigint not null,
    cases bigint not null,
    closed_cases bigint not null,
    spreads text not null,
    primary key (key_id, day)
) $clustered$;

-- Calls that the totals do not know yet as they are, noted in the transaction that changes them; whoever reads figures reads
-- these along. was: as they are in the totals; null while they are not in them at all.
create table calls_to_count (
    call_id $id$,
    was text
);

create index cases_by_last_call on cases (last_call);

-- Calls from before there were totals are counted in the background; see Counting.
insert into calls_to_count (call_id, was) select id, null from calls where ended_at is not null and version > 0;
