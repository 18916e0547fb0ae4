-- Parts that can be sold. content: what a part is, as JSON; next: what the import of that number makes of it, seen by everybody
-- once the counter 'catalogue' has reached the number.
insert into counters (name, next) values ('parts', 1), ('part_turn', 0), ('catalogue', 0);

create table parts (
    id $id$,
    match_key text $bytewise$ not null,
    brand_key text $bytewise$ not null,
    content text,
    next text,
    import bigint
);

create unique index parts_by_key on parts (match_key, brand_key);

-- Which words, references and cross-references lead to a part (by the part's id as rowid).
$partwords$;

create table part_tiers (
    name text primary key
);

-- Files that are or were brought in. body: what does not change while the server is at it, as JSON; line: the last one that is
-- put aside; holder: which process is at it, until when unless it says so again.
create table part_imports (
    id $id$,
    state text not null,
    body text not null,
    sample text not null,
    hash text not null,
    told_at bigint not null,
    line bigint not null,
    done bigint not null,
    total bigint not null,
    added bigint not null,
    changed bigint not null,
    same bigint not null,
    repeated bigint not null,
    refused bigint not null,
    created_at bigint not null,
    ended_at bigint,
    holder text,
    held_until bigint not null
);

create unique index part_imports_one on part_imports ((1)) where ended_at is null;

create table part_import_chunks (
    import_id bigint not null,
    number bigint not null,
    bytes $bytes$ not null,
    primary key (import_id, number)
);

-- What the lines of the one import in hand say, until they are compared.
create table part_stage (
    line bigint primary key,
    match_key text $bytewise$ not null,
    brand_key text $bytewise$ not null,
    hash bigint not null,
    body text not null
);

create table part_import_faults (
    import_id bigint not null,
    line bigint not null,
    fault text not null,
    content text not null,
    primary key (import_id, line)
);
