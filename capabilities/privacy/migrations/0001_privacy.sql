-- A resident's yes to one purpose, with the edition of the text that was read to them. Whoever was
-- present keeps their name; what proves it lies sealed under the resident's own key.
create table privacy_consents (
  community_id {id} not null,
  id {id} not null,
  person_id {id} not null,
  purpose text not null,
  edition text not null,
  channel text not null,
  given_by text not null,
  evidence text,
  given_at {time} not null,
  witness_id {id} not null,
  withdrawn_at {time},
  withdrawn_channel text,
  withdrawn_id {id},
  primary key (community_id, id)
);

create unique index privacy_consents_valid on privacy_consents (community_id, person_id, purpose)
  where withdrawn_at is null;

-- Everything that is kept of a resident was given to whoever asked for it.
create table privacy_copies (
  community_id {id} not null,
  id {id} not null,
  person_id {id} not null,
  asked_by text not null,
  proof text,
  given_at {time} not null,
  given_id {id} not null,
  primary key (community_id, id)
);

create index privacy_copies_person on privacy_copies (community_id, person_id, id);

-- Somebody wants what is known of them to end. One person enters it, another decides.
create table privacy_erasures (
  community_id {id} not null,
  id {id} not null,
  person_id {id} not null,
  asked_by text not null,
  ground text not null,
  proof text,
  asked_at {time} not null,
  entered_id {id} not null,
  decided_at {time},
  decided_id {id},
  granted {int},
  reason text,
  contacts {int},
  primary key (community_id, id)
);

create unique index privacy_erasures_open on privacy_erasures (community_id, person_id)
  where decided_at is null;
