-- Who buys. number: what people and other programs call it. external ids: what other systems call it.
insert into counters (name, next) values ('customers', 1), ('customer_parts', 1);

create table customers (
    id $id$,
    kind text not null,
    name text not null,
    tax_id text,
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

create index customers_by_name on customers (name, id);

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

-- Which customer it was when somebody was asked about a number that several have.
create table number_choices (
    number_key text not null,
    line text not null,
    user_id text not null,
    customer_id bigint not null,
    at bigint not null,
    primary key (number_key, line, user_id)
);

-- Whose call it is. customer_fixed: a person said so.
alter table calls add column customer_id bigint;
alter table calls add column customer_fixed integer not null default 0;

create index calls_by_customer_id on calls (customer_id, started_at, id) where customer_id is not null and ended_at is not null;
