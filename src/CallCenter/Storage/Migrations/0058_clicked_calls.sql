-- Which number somebody clicked to call it, and where: at which customer, quote or order. The call that comes of it is found by them.
create table clicked_calls (
    number_key text not null,
    at bigint not null,
    user_id text not null,
    customer_id bigint,
    quote_id bigint,
    order_id bigint,
    primary key (number_key, at, user_id)
);

create index clicked_calls_of_quotes on clicked_calls (quote_id, at) where quote_id is not null;
create index clicked_calls_of_orders on clicked_calls (order_id, at) where order_id is not null;
