-- While a rep is away, another one knows the households the first one holds. At most one at a time
-- for each rep who is away; from_at and until_at are known from the start.
create table liaison_substitutions (
  community_id {id} not null,
  id {id} not null,
  account_id {id} not null,
  substitute_id {id} not null,
  from_at {time} not null,
  until_at {time} not null,
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);

create index liaison_substitutions_account
  on liaison_substitutions (community_id, account_id, until_at);

create index liaison_substitutions_substitute
  on liaison_substitutions (community_id, substitute_id, until_at);

-- What a rep leaves behind from a moment on, until a successor was named and took it over (G7). The
-- note is sealed under the list's own key.
create table liaison_hand_overs (
  community_id {id} not null,
  id {id} not null,
  account_id {id} not null,
  from_at {time} not null,
  successor_id {id},
  given_at {time},
  note text,
  accepted_at {time},
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);

create index liaison_hand_overs_account on liaison_hand_overs (community_id, account_id, from_at);

create table liaison_hand_over_households (
  community_id {id} not null,
  hand_over_id {id} not null,
  household_id {id} not null,
  primary key (community_id, hand_over_id, household_id),
  foreign key (community_id, hand_over_id) references liaison_hand_overs (community_id, id),
  foreign key (community_id, household_id) references households (community_id, id)
);
