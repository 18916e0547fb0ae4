-- How often a call that is noted has changed since: what was read of it before it is counted may be old by then.
alter table calls_to_count add column changes bigint not null default 0;

-- Counts what is written to the totals, for whoever prepares that outside the transaction that writes.
insert into counters (name, next) values ('totals', 1);
