-- A person's entry is changed by hand on the version that was read, so that nobody's correction is lost.
-- died_on is a day; citizen_for says which duty needs the citizen number.
alter table persons add column version {int} not null default 1;
alter table persons add column died_on text;
alter table persons add column citizen_for text;

-- What stood there before a correction, sealed under the person's own key.
create table person_corrections (
  community_id {id} not null,
  person_id {id} not null,
  id {id} not null,
  at {time} not null,
  actor_id {id},
  was text not null,
  primary key (community_id, person_id, id),
  foreign key (community_id, person_id) references persons (community_id, id)
);
