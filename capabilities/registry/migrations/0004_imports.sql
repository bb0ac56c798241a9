-- A table that was brought in: what it did, and whether it was taken back. The salt is that of the
-- lines' digests, and gone when it can no longer be taken back.
create table imports (
  community_id {id} not null,
  id {id} not null,
  at {time} not null,
  actor_id {id},
  file_digest text not null,
  added {int} not null,
  changed {int} not null,
  left_alone {int} not null,
  salt {bytes},
  undone_at {time},
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);

create index imports_at on imports (community_id, at);

-- Where a person's fields come from: those that this row of this table gave, as words with commas.
-- before_values and digest, what stood there (under the person's key) and how the person was left, are
-- kept for as long as the table can be taken back.
create table import_lines (
  community_id {id} not null,
  import_id {id} not null,
  person_id {id} not null,
  is_new {int} not null,
  sheet text not null,
  line {int} not null,
  fields text not null,
  before_values {bytes},
  digest {bytes},
  primary key (community_id, import_id, person_id),
  foreign key (community_id, import_id) references imports (community_id, id)
);

create index import_lines_person on import_lines (community_id, person_id, import_id);

-- What else a table made or moved, in that order: compounds, buildings, stairwells, dwellings,
-- households, grids, and households that came into a grid.
create table import_places (
  community_id {id} not null,
  import_id {id} not null,
  number {int} not null,
  kind text not null,
  object_id {id} not null,
  primary key (community_id, import_id, number),
  foreign key (community_id, import_id) references imports (community_id, id)
);

-- A table that waits to be looked at and brought in, with what its columns were taken for. Gone
-- when it is brought in or dropped, and after a day.
create table import_uploads (
  community_id {id} not null,
  id {id} not null,
  account_id {id} not null,
  at {time} not null,
  file {bytes} not null,
  choices {json} not null,
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);

create index import_uploads_account on import_uploads (community_id, account_id, at);

-- What the columns of tables with the same headings were taken for the last time: hashes of
-- headings, so that no word of a table stands here.
create table import_columns (
  community_id {id} not null,
  signature text not null,
  fields {json} not null,
  at {time} not null,
  primary key (community_id, signature),
  foreign key (community_id) references communities (id)
);
