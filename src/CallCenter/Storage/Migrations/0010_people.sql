-- Several roles and single abilities for each person; who is blocked or has left. $kept$: rows of the audit log cannot be changed.
alter table users add column roles text not null default '';
update users set roles = role;
alter table users drop column role;
alter table users add column abilities text not null default '';
alter table users add column phones text not null default '';
alter table users add column blocked_at bigint;
alter table users add column archived_at bigint;
alter table users add column seen_at bigint;

-- Counted up by every change of people, teams and what is whose, so that whoever judges a call knows whether its picture is the newest.
insert into counters (name, next) values ('people', 1);

create table teams (
    id text primary key,
    name text not null,
    type text not null,
    manager_id text,
    hours text not null,
    targets text not null,
    created_at bigint not null,
    archived_at bigint
);

-- What is whose has dates, because a call counts for who had it at its moment. since 0: from the beginning; until null: still.
create table team_members (
    team_id text not null,
    user_id text not null,
    since bigint not null,
    until bigint,
    primary key (team_id, user_id, since)
);

create table team_lines (
    connection text not null,
    kind text not null,
    name text not null,
    since bigint not null,
    until bigint,
    team_id text not null,
    fills_past integer not null,
    primary key (connection, kind, name, since)
);

create table extensions (
    connection text not null,
    name text not null,
    since bigint not null,
    until bigint,
    user_id text not null,
    primary key (connection, name, since)
);

-- Whose a call is. people: the ids of those it concerns, with a space before and after each.
alter table calls add column team_id text;
alter table calls add column team_fixed integer not null default 0;
alter table calls add column people text;
create index calls_by_team on calls (team_id, started_at, id) where ended_at is not null;

-- The same people for calls that ended, so that somebody's own history is found by index.
create table call_people (
    user_id text not null,
    at bigint not null,
    call_id bigint not null,
    primary key (user_id, at, call_id)
) $clustered$;

alter table api_keys add column teams text;

-- Who changed, exported or looked at what. Rows are added and never changed.
create table audit (
    id $autoid$,
    at bigint not null,
    actor text not null,
    actor_name text not null,
    action text not null,
    subject text not null,
    detail text not null
);

create index audit_by_actor on audit (actor, id);
create index audit_by_action on audit (action, id);
create index audit_by_subject on audit (subject, id);
$kept$;
