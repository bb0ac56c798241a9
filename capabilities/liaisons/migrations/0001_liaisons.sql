-- From how many households on a rep has many, from a moment on; before the first of them the default
-- holds. Nothing that was warned of under an old one is rewritten.
create table liaison_load_limits (
  community_id {id} not null,
  from_at {time} not null,
  households {int} not null,
  primary key (community_id, from_at)
);
