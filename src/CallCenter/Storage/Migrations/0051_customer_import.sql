-- Files of customers that are or were brought in. body: what does not change while the server is at it, as JSON; line: how far the
-- step in hand has come; holder: which process is at it, until when unless it says so again.
create table customer_imports (
    id $id$,
    state text not null,
    body text not null,
    sample text not null,
    hash text not null,
    line bigint not null,
    done bigint not null,
    total bigint not null,
    added bigint not null,
    changed bigint not null,
    same bigint not null,
    refused bigint not null,
    created_at bigint not null,
    ended_at bigint,
    holder text,
    held_until bigint not null
);

create unique index customer_imports_one on customer_imports ((1)) where ended_at is null;

create table customer_import_chunks (
    import_id bigint not null,
    number bigint not null,
    bytes $bytes$ not null,
    primary key (import_id, number)
);

-- What the lines of the one import in hand say. rank: by what its customer is known; first_line: of those that speak of the same
-- customer; customer_id: whom the first one turned out to be, verdict: what becomes of him.
create table customer_import_lines (
    line bigint primary key,
    rank bigint not null,
    body text not null,
    content text not null,
    first_line bigint,
    customer_id bigint,
    verdict text
);

create index customer_import_lines_by_customer on customer_import_lines (first_line, line);

create table customer_import_faults (
    import_id bigint not null,
    line bigint not null,
    fault text not null,
    content text not null,
    primary key (import_id, line)
);
