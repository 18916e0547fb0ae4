-- Who somebody of the company's own sign-in (OpenID Connect) is here. The subject is the name that never changes there.
create table company_accounts (
    issuer text not null,
    subject text not null,
    user_id text not null,
    created_at bigint not null,
    primary key (issuer, subject)
);

create index company_accounts_by_user on company_accounts (user_id);
