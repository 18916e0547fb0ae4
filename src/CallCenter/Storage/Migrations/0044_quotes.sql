-- Quotes and orders. Ids and versions of both from one counter each; numbers that people see are counted by kind and year, without gaps.
insert into counters (name, next) values ('sales', 1), ('sale_version', 1);

create table sale_numbers (
    kind text not null,
    year integer not null,
    next bigint not null,
    primary key (kind, year)
);

-- draft_of: the call whose one draft it is; call_id: the call that it is credited to, call_link: how one knows (Refused: a
-- person said that it is none). customer_fixed: a person chose the customer. valid_until: as yyyymmdd. tax and total are of the
-- lines that are not rejected.
create table quotes (
    id $id$,
    number text,
    status text not null,
    reject_reason text,
    customer_id bigint,
    customer_fixed integer not null,
    contact text not null,
    branch text not null,
    plate text not null,
    vin text not null,
    requested_by text not null,
    request_number text not null,
    channel text not null,
    note text not null,
    valid_until integer not null,
    author text,
    team_id text,
    created_at bigint not null,
    numbered_at bigint,
    closed_at bigint,
    changed_at bigint not null,
    changed_by text not null,
    draft_of bigint,
    call_id bigint,
    call_link text,
    call_linked_at bigint,
    call_linked_by text,
    net_cents bigint not null,
    total_cents bigint not null,
    system text,
    external_id text,
    version bigint not null
);

create unique index quotes_by_number on quotes (number) where number is not null;
create unique index quotes_by_draft_of on quotes (draft_of) where draft_of is not null;
create unique index quotes_by_external_id on quotes (system, external_id) where external_id is not null;
create unique index quotes_by_version on quotes (version);
create index quotes_by_time on quotes (created_at, id);
create index quotes_by_customer on quotes (customer_id, created_at) where customer_id is not null;
create index quotes_by_author on quotes (author, created_at);
create index quotes_by_call on quotes (call_id) where call_id is not null;
create index quotes_by_change on quotes (changed_at) where status = 'Draft';
create index quotes_by_validity on quotes (valid_until) where status = 'Sent';

-- quantity: thousandths; discount, tax: hundredths of a per cent; unit_cents: null while nobody has named a price.
create table quote_lines (
    id text primary key,
    quote_id bigint not null,
    place integer not null,
    part_id bigint,
    brand text not null,
    reference text not null,
    description text not null,
    quantity bigint not null,
    unit_cents bigint,
    discount integer not null,
    tax integer not null,
    availability text not null,
    rejected integer not null,
    ordered bigint not null,
    net_cents bigint not null
);

create index quote_lines_by_quote on quote_lines (quote_id, place);
create index quote_lines_by_brand on quote_lines (brand, quote_id);

create table orders (
    id $id$,
    number text not null,
    status text not null,
    quote_id bigint,
    customer_id bigint,
    contact text not null,
    branch text not null,
    plate text not null,
    vin text not null,
    requested_by text not null,
    request_number text not null,
    channel text not null,
    note text not null,
    author text,
    team_id text,
    created_at bigint not null,
    closed_at bigint,
    changed_at bigint not null,
    changed_by text not null,
    call_id bigint,
    call_link text,
    call_linked_at bigint,
    call_linked_by text,
    net_cents bigint not null,
    total_cents bigint not null,
    system text,
    external_id text,
    version bigint not null
);

create unique index orders_by_number on orders (number);
create unique index orders_by_external_id on orders (system, external_id) where external_id is not null;
create unique index orders_by_version on orders (version);
create index orders_by_time on orders (created_at, id);
create index orders_by_customer on orders (customer_id, created_at) where customer_id is not null;
create index orders_by_author on orders (author, created_at);
create index orders_by_quote on orders (quote_id) where quote_id is not null;
create index orders_by_call on orders (call_id) where call_id is not null;

-- quote_line: the line of the quote that it takes from.
create table order_lines (
    id text primary key,
    order_id bigint not null,
    place integer not null,
    quote_line text,
    part_id bigint,
    brand text not null,
    reference text not null,
    description text not null,
    quantity bigint not null,
    unit_cents bigint,
    discount integer not null,
    tax integer not null,
    availability text not null,
    net_cents bigint not null
);

create index order_lines_by_order on order_lines (order_id, place);
create index order_lines_by_brand on order_lines (brand, order_id);

-- Secret links by which a customer looks at a quote and answers it; only the hash of the secret is kept.
create table quote_offers (
    hash text primary key,
    quote_id bigint not null,
    made_by text not null,
    made_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    seen_at bigint
);

create index quote_offers_by_quote on quote_offers (quote_id);
