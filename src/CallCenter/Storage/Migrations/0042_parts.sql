-- Parts that can be sold. content: what a part is, as JSON; next: what the import of that number makes of it, seen by everybody
-- once the counter 'catalogue' has reached the number.
insert into counters (name, next) values ('parts', 1), ('catalogue', 0);

create table parts (
    id $id$,
    match_key text $binary$ not null,
    brand_key text $binary$ not null,
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
