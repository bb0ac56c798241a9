-- What one registered person asked for: for their own copy of what is kept, and for its end.
create index requests_petitioner on requests (community_id, petitioner_id, id)
  where petitioner_id is not null;
