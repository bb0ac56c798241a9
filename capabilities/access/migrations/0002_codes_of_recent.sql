-- Codes are issued for what was just filed: the newest of all communities stand side by side.
drop index query_codes_object;
create index query_codes_object on query_codes {recent community_id, object_id};
