-- Sixteen days of totals_by_day added up once more, when they lie back: a year is read in a tenth of the rows. span: since 1970.
create table totals_by_span (
    key_id bigint not null,
    span bigint not null,
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
    primary key (key_id, span)
) $clustered$;

-- Which spans are added up, and for keys up to which number, the last one for good: only there totals_by_span says anything.
create table total_spans (
    span bigint primary key,
    upto bigint not null
);
