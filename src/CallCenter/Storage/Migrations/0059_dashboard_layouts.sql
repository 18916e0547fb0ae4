-- How people arranged their dashboards: names of its parts in order, and those they do not want to see.
create table dashboard_layouts (
    user_id text primary key,
    arranged text not null,
    hidden text not null
);
