-- A call that was told under several keys. The rows that are not it any more lead to the one that is, and keep the version
-- at which they ceased to be listed, for who follows the log.
alter table calls add column merged_into bigint;
alter table calls add column merged_version bigint;

create unique index calls_merged_by_version on calls (merged_version) where merged_version is not null;
create index calls_merged_into on calls (merged_into) where merged_into is not null;
