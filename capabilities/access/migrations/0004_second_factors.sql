-- The second step of signing in with a password: what the codes on somebody's phone are made of,
-- sealed under the account's own key. Counts from confirmed_at on, when a first code was right;
-- no code of last_step or before is taken again.
create table second_factors (
  community_id {id} not null,
  account_id {id} not null,
  secret {bytes} not null,
  created_at {time} not null,
  confirmed_at {time},
  last_step {int} not null,
  primary key (community_id, account_id),
  foreign key (community_id, account_id) references accounts (community_id, id)
);

-- Codes on paper for whoever has no phone at hand. Each is taken once; only hashes are kept.
create table recovery_codes (
  community_id {id} not null,
  account_id {id} not null,
  code_hash {bytes} not null,
  made_at {time} not null,
  used_at {time},
  primary key (community_id, account_id, code_hash),
  foreign key (community_id, account_id) references accounts (community_id, id)
);

-- How a community wants access to be. Without a row nothing more than a password is asked for:
-- so it is where a community was founded before there was a second step.
create table access_settings (
  community_id {id} not null,
  second_factor_required {int} not null,
  primary key (community_id)
);
