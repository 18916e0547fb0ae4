-- Who is in the queues of a phone system, as it said last, and which of our orders it refused; as JSON, because it is written and read whole.
create table queue_rolls (
    connection text primary key,
    heard_at bigint not null,
    seats text not null,
    refusals text not null
);
