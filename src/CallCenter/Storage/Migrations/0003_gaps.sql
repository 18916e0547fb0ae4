-- Stretches in which a direct connection heard nothing or lost messages. Closed when a snapshot has settled what goes
-- on; filled when queue_log or CDR of that time were imported.
create table gaps (
    id $autoid$,
    connection text not null,
    began_at bigint not null,
    ended_at bigint,
    reason text not null,
    lost bigint not null,
    filled_at bigint
);

create index gaps_by_connection on gaps (connection, began_at);
