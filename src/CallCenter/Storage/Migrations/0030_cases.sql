-- Missed calls that somebody has to return: one case for a number, a line and the later call that settles it.
-- closer_at: when that call began; 9007199254740991 while there is none. by_hand: a person closed it, and no call changes that.
insert into counters (name, next) values ('cases', 1), ('case_version', 1);

create table cases (
    id $id$,
    customer_key text not null,
    connection text not null,
    line text not null,
    number text not null,
    caller_name text,
    closer_at bigint not null,
    by_hand integer not null,
    end_reason text,
    closed_at bigint,
    closed_call bigint,
    closed_by text,
    reopened_at bigint,
    first_missed_at bigint not null,
    last_missed_at bigint not null,
    last_call bigint not null,
    misses bigint not null,
    attempts bigint not null,
    last_attempt_at bigint,
    owner text,
    owner_rule text not null,
    due_at bigint not null,
    postponed_until bigint,
    escalated_at bigint,
    reserved_by text,
    reserved_until bigint,
    reserved_call bigint,
    version bigint not null
);

create unique index cases_one on cases (customer_key, closer_at, connection, line) where by_hand = 0;
create unique index cases_by_version on cases (version);
create index cases_open on cases (due_at, id) where closed_at is null;
create index cases_reserved on cases (reserved_until) where reserved_until is not null;
create index cases_closed on cases (closed_at, id) where closed_at is not null;
create index cases_by_closer on cases (closed_call) where closed_call is not null;

-- Which missed calls a case is about.
create table case_calls (
    call_id bigint primary key,
    case_id bigint not null,
    ended_at bigint not null
);

create index case_calls_by_case on case_calls (case_id, ended_at, call_id);

-- What people said came of it when they tried; that they called is seen from the calls.
create table case_attempts (
    id $autoid$,
    case_id bigint not null,
    at bigint not null,
    user_id text not null,
    call_id bigint,
    result text not null,
    note text
);

create index case_attempts_by_case on case_attempts (case_id, at);

-- Calls that were missed before there were cases get theirs in the background; see RuleChanges.
insert into settings (name, value) values ('recovery.judge-again', 'cases');
