-- Somebody who can sign in and act. name is how colleagues and residents call them; person_id
-- the registered person, where there is one.
create table accounts (
  community_id {id} not null,
  id {id} not null,
  name text not null,
  sign_in_name text,
  person_id {id},
  created_at {time} not null,
  closed_at {time},
  primary key (community_id, id)
);

create unique index accounts_sign_in_name on accounts (community_id, sign_in_name)
  where sign_in_name is not null;

-- What an account may be, and when: half-open, an empty until_at is still true. A role with a
-- grid_id holds for that grid.
create table account_roles (
  community_id {id} not null,
  account_id {id} not null,
  id {id} not null,
  role text not null,
  grid_id {id},
  from_at {time} not null,
  until_at {time},
  primary key (community_id, account_id, id),
  foreign key (community_id, account_id) references accounts (community_id, id)
);

-- What opens a session: a card (the hash of its secret, the PIN's verifier where it has one) or
-- a password (its verifier). One of each kind is valid; a reprinted card ends the old one.
create table credentials (
  community_id {id} not null,
  id {id} not null,
  account_id {id} not null,
  kind text not null,
  secret_hash {bytes},
  verifier text,
  created_at {time} not null,
  revoked_at {time},
  primary key (community_id, id),
  foreign key (community_id, account_id) references accounts (community_id, id)
);

create unique index credentials_valid on credentials (community_id, account_id, kind)
  where revoked_at is null;

create unique index credentials_card on credentials (community_id, secret_hash)
  where secret_hash is not null;

-- A secret that acts until it ends: a browser's cookie, an API token, the one-time set-up link
-- (which has no account, because it makes the first one).
create table sessions (
  community_id {id} not null,
  secret_hash {bytes} not null,
  account_id {id},
  kind text not null,
  device text not null,
  opened_at {time} not null,
  until_at {time} not null,
  revoked_at {time},
  -- When somebody was last seen under it, to within a share of its idle limit: not every request
  -- writes.
  seen_at {time},
  primary key (community_id, secret_hash),
  foreign key (community_id, account_id) references accounts (community_id, id)
);

create index sessions_account on sessions (community_id, account_id, opened_at);

-- The slip of paper in a resident's hand: whoever reads the code from it may see one object.
create table query_codes (
  community_id {id} not null,
  code_hash {bytes} not null,
  object_id {id} not null,
  issued_at {time} not null,
  revoked_at {time},
  primary key (community_id, code_hash)
);

create index query_codes_object on query_codes (community_id, object_id);
