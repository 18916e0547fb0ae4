-- What becomes of calls on a team's lines where that is for us to decide (JSON; null is the usual), and on which lines it is: on none
-- until somebody says so.
alter table teams add column routing text;
alter table team_lines add column routed integer not null default 0;
