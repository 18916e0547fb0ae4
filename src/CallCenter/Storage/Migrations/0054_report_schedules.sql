-- Reports that go out by mail. conditions: team, line and operator as JSON. day: of the week from 1 for Monday, or of the month. at_minute:
-- after midnight in the zone of each reader.
create table report_schedules (
    id $autoid$,
    name text not null,
    report text not null,
    conditions text not null,
    every text not null,
    day bigint not null,
    at_minute bigint not null,
    format text not null,
    made_by text not null,
    made_at bigint not null,
    active integer not null
);

-- next_at: when it is this reader's turn, in his zone; null while the schedule rests.
create table report_readers (
    schedule_id bigint not null,
    user_id text not null,
    next_at bigint,
    primary key (schedule_id, user_id)
);
create index report_readers_by_turn on report_readers (next_at) where next_at is not null;

-- One line for each letter that was due. next_try: null when it was sent, or given up with a fault. first_day, last_day: days since 1970.
create table report_sends (
    id $autoid$,
    schedule_id bigint not null,
    user_id text not null,
    due_at bigint not null,
    first_day bigint not null,
    last_day bigint not null,
    tries bigint not null,
    next_try bigint,
    sent_at bigint,
    fault text
);
create index report_sends_waiting on report_sends (next_try) where next_try is not null;
create index report_sends_by_schedule on report_sends (schedule_id, id);
