-- Missed calls by how they stand, newest first. A call that ended well enters none of these.
create index calls_open on calls (started_at, id) where missed = 1 and recovered_by is null and self_recovered_by is null and customer_key is not null;
create index calls_recovered on calls (started_at, id) where recovered_by is not null;
create index calls_self_recovered on calls (started_at, id) where self_recovered_by is not null and recovered_by is null;
create index calls_without_number on calls (started_at, id) where missed = 1 and coalesce(customer_key, '') = '';
