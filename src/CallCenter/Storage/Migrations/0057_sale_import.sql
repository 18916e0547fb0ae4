-- Files of quotes or of orders that are or were brought in. body: what does not change while the server is at it, as JSON; line: how far the
-- step in hand has come; holder: which process is at it, until when unless it says so again.
create table sale_imports (
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

create unique index sale_imports_one on sale_imports ((1)) where ended_at is null;

create table sale_import_chunks (
    import_id bigint not null,
    number bigint not null,
    bytes $bytes$ not null,
    primary key (import_id, number)
);

-- What the lines of the one import in hand say. first_line: of those of the same document; fault: why nothing can be made of it, and so
-- of its document; verdict, on the first line: what becomes of the document.
create table sale_import_lines (
    line bigint primary key,
    first_line bigint not null,
    document text not null,
    body text not null,
    fault text,
    content text not null,
    verdict text
);

create index sale_import_lines_by_document on sale_import_lines (first_line, line);

create table sale_import_faults (
    import_id bigint not null,
    line bigint not null,
    fault text not null,
    content text not null,
    primary key (import_id, line)
);
