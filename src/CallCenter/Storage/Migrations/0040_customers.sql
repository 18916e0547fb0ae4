-- Who buys. external ids: what other systems call it. name_key, tax_key: what two spellings have in common.
-- $bytewise$: in the order of its bytes, also where the database has another, so that what begins alike stands together.
insert into counters (name, next) values ('customers', 1), ('customer_parts', 1);

create table customers (
    id $id$,
    kind text not null,
    name text not null,
    name_key text $bytewise$ not null,
    tax_id text,
    tax_key text,
    email text,
    segment text,
    owner text,
    credit_stop integer not null,
    price_tier text,
    note text,
    created_at bigint not null,
    changed_at bigint not null,
    archived_at bigint,
    merged_into bigint
);

create index customers_by_name on customers (name_key, id);
create index customers_by_change on customers (changed_at, id);
create index customers_by_tax on customers (tax_key) where tax_key is not null;
create index customers_by_segment on customers (segment, name_key, id) where segment is not null;
create index customers_by_owner on customers (owner, name_key, id) where owner is not null;
create index customers_merged on customers (merged_into) where merged_into is not null;

-- Its branches and the people there.
create table customer_branches (
    id $id$,
    customer_id bigint not null,
    name text not null,
    address text
);

create index customer_branches_by_customer on customer_branches (customer_id);

create table customer_contacts (
    id $id$,
    customer_id bigint not null,
    branch_id bigint,
    name text not null,
    role text,
    email text
);

create index customer_contacts_by_customer on customer_contacts (customer_id);

-- Its telephone numbers. number_key: what two spellings have in common, see PhoneNumber.MatchKey. since, until: when it was theirs.
create table customer_numbers (
    id $id$,
    customer_id bigint not null,
    branch_id bigint,
    contact_id bigint,
    number text not null,
    number_key text not null,
    extension text,
    label text,
    since bigint,
    until bigint
);

create index customer_numbers_by_key on customer_numbers (number_key, customer_id);
create index customer_numbers_by_customer on customer_numbers (customer_id);

create table customer_vehicles (
    id $id$,
    customer_id bigint not null,
    plate text,
    plate_key text,
    vin text,
    make text,
    model text,
    year integer,
    note text
);

create index customer_vehicles_by_customer on customer_vehicles (customer_id);
create index customer_vehicles_by_plate on customer_vehicles (plate_key) where plate_key is not null;
create index customer_vehicles_by_vin on customer_vehicles (vin) where vin is not null;

create table customer_ids (
    system text not null,
    external_id text not null,
    customer_id bigint not null,
    primary key (system, external_id)
);

create index customer_ids_by_customer on customer_ids (customer_id);

-- What a customer is searched by: each word of its names, its numbers, plates and ids, without what people spell differently.
create table customer_words (
    word text $bytewise$ not null,
    customer_id bigint not null,
    primary key (word, customer_id)
) $clustered$;

create index customer_words_by_customer on customer_words (customer_id, word);

-- Which customer it was when somebody was asked about a number that several have.
create table number_choices (
    number_key text not null,
    line text not null,
    user_id text not null,
    customer_id bigint not null,
    at bigint not null,
    primary key (number_key, line, user_id)
);

create index number_choices_by_customer on number_choices (customer_id);

-- Numbers that are never a customer's: own lines, suppliers, unwanted callers.
create table ignored_numbers (
    number_key text primary key,
    number text not null,
    reason text not null,
    note text,
    added_by text not null,
    added_at bigint not null
);

-- What is still to be done to calls after customers changed: written with the change, gone when it is done.
-- kind: Number (calls of a number may be somebody's now), Numbers (calls of any), Merged (from one customer to another).
create table customer_errands (
    id $autoid$,
    kind text not null,
    number_key text,
    from_id bigint,
    to_id bigint
);

-- Whose call it is. customer_fixed: a person said so.
alter table calls add column customer_id bigint;
alter table calls add column customer_fixed integer not null default 0;

create index calls_by_customer_id on calls (customer_id, started_at, id) where customer_id is not null and ended_at is not null;
create index calls_unmatched on calls (customer_key, started_at) where customer_id is null and customer_key is not null and ended_at is not null;
