-- One row is audit, receipt and change feed at once. Clustered by object: a timeline is one range.
create table events (
  community_id {id} not null,
  object_id {id} not null,
  id {id} not null,
  receipt {id} not null,
  part {int} not null,
  action text not null,
  actor_id {id},
  origin text not null,
  at {time} not null,
  digest {bytes} not null,
  salt {bytes} not null,
  detail text not null,
  outcome text not null,
  -- The state in which the act left the thing, where its capability digests it.
  left_version {int},
  left_digest {bytes},
  primary key {recent community_id, object_id, id}
);

-- A receipt is honoured once: the second send finds the first one's answer. It is its sender's own
-- number: what another account or another query code sent under the same number is another
-- intention. The program itself, which has no id, counts as the community.
create unique index events_receipt
  on events (community_id, receipt, coalesce(actor_id, community_id), part);

-- Committed but not yet linked into the community's log; the sealer empties it.
create table journal_unsealed (
  community_id {id} not null,
  event_id {id} not null,
  object_id {id} not null,
  primary key (community_id, event_id)
);

create table journal_entries (
  community_id {id} not null,
  seq {int} not null,
  object_id {id} not null,
  event_id {id} not null,
  entry {bytes} not null,
  primary key (community_id, seq)
);

create index journal_entries_event on journal_entries {recent community_id, event_id};

-- Hashes of complete subtrees at every eighth level; what lies between is computed again.
create table journal_nodes (
  community_id {id} not null,
  level {int} not null,
  position {int} not null,
  hash {bytes} not null,
  primary key (community_id, level, position)
);

create table journal_heads (
  community_id {id} not null,
  size {int} not null,
  frontier {bytes} not null,
  last_leaf {bytes} not null,
  -- How often its head was signed, and at which size last: a checkpoint that is dropped is missed.
  checkpoints {int} not null,
  signed {int} not null,
  primary key (community_id)
);

create table journal_checkpoints (
  community_id {id} not null,
  size {int} not null,
  note text not null,
  at {time} not null,
  primary key (community_id, size)
);

-- Who looked at whose data, for what. Written before the answer leaves; shown to that person.
create table access_lines (
  community_id {id} not null,
  subject_id {id} not null,
  id {id} not null,
  actor_id {id},
  purpose text not null,
  object_id {id} not null,
  at {time} not null,
  primary key (community_id, subject_id, id)
);
