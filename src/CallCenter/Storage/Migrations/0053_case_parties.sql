-- Missed calls that are known to be a customer's are one case, from whichever of his numbers: cases.customer_key is c:ID then, and
-- else a number. What settles one, and from which numbers a customer called in vain, is found by customer too.
create index calls_dialled_by_customer on calls (customer_id, started_at) where dialled = 1 and customer_id is not null;
create index calls_reached_by_customer on calls (customer_id, started_at) where dialled = 1 and answered_at is not null and customer_id is not null;
create index calls_taken_by_customer on calls (customer_id, started_at) where direction = 'Inbound' and answered_at is not null and customer_id is not null;
create index calls_missed_by_customer on calls (customer_id, customer_key) where missed = 1 and customer_id is not null;
create index calls_missed_by_number_and_customer on calls (customer_key, customer_id) where missed = 1 and customer_id is not null;

-- Cases from before become their customers' in the background; see RuleChanges.
insert into settings (name, value) values ('recovery.judge-again', 'parties') on conflict (name) do update set value = excluded.value;
