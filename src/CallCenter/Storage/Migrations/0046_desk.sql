-- What people write about a call while and after they talk: a note each, one result, any tags.
create table call_notes (
    call_id bigint not null,
    user_id text not null,
    text text not null,
    at bigint not null,
    primary key (call_id, user_id)
) $clustered$;

create table call_results (
    call_id bigint primary key,
    result text not null,
    user_id text not null,
    at bigint not null
);

create table call_tags (
    call_id bigint not null,
    tag text not null,
    user_id text not null,
    at bigint not null,
    primary key (call_id, tag)
) $clustered$;

create index call_tags_by_tag on call_tags (tag, at);

-- The results to choose from. name: null while it is called what its id says in the reader's language.
create table result_choices (
    id text primary key,
    name text,
    ordinal bigint not null,
    archived_at bigint
);

insert into result_choices (id, name, ordinal) values ('quote', null, 1), ('order', null, 2), ('question', null, 3), ('complaint', null, 4), ('not-interested', null, 5), ('wrong-number', null, 6);

-- Calls that somebody put out of his sight, and those that rang for him already, on whatever screen.
create table bar_hidden (
    user_id text not null,
    call_id bigint not null,
    at bigint not null,
    primary key (user_id, call_id)
) $clustered$;

create table bar_rung (
    user_id text not null,
    call_id bigint not null,
    at bigint not null,
    primary key (user_id, call_id)
) $clustered$;
