-- A community's key, which wraps the keys of its subjects; itself wrapped by the master key whose
-- id is in master. There are two while the older one is being replaced.
create table vault_community_keys (
  community_id {id} not null,
  version {int} not null,
  master text not null,
  wrapped {bytes} not null,
  primary key (community_id, version)
);

-- What the community's blind index is made with; wrapped in the same way.
create table vault_index_keys (
  community_id {id} not null,
  version {int} not null,
  master text not null,
  wrapped {bytes} not null,
  primary key (community_id, version)
);

-- Each subject's own key, wrapped by the community's key of this version. A destroyed one keeps its
-- row, so that it is seen to be gone and is never made a second time. The reference keeps a
-- community's key from being dropped while anything is wrapped by it.
create table vault_subject_keys (
  community_id {id} not null,
  subject_id {id} not null,
  under_version {int},
  wrapped {bytes},
  destroyed_at {time},
  primary key (community_id, subject_id),
  foreign key (community_id, under_version)
    references vault_community_keys (community_id, version)
);

create index vault_subject_keys_under
  on vault_subject_keys (community_id, under_version, subject_id);
