-- Whether a request is open, said apart from its stage: what is indexed changes when it is closed or
-- reopened, and not with every act on it.
alter table requests add column open {int} not null default 1;
update requests set open = 0 where stage = 'closed';

drop index requests_open;
drop index requests_paused;

-- The inbox: what is open.
create index requests_open on requests (community_id, id) where open = 1;

-- Pauses that the program ends.
create index requests_paused on requests (community_id, paused_until_at)
  where paused_until_at is not null;

-- A changed row finds room on its own page, and no index need learn of it.
-- only postgres
alter table requests set (fillfactor = 60);
