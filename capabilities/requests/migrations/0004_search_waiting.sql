-- What the search index has not taken in yet; new data has it with the index.
-- only sqlite
create table if not exists request_waiting(n integer primary key, community_id blob not null,
  doc integer not null, terms text not null);
-- only sqlite
create unique index if not exists request_waiting_doc on request_waiting(community_id, doc);
