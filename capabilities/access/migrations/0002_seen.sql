-- When somebody was last seen under a session, to within a share of its idle limit: not every
-- request writes. Empty in sessions older than this column: the next request fills it.
alter table sessions add column seen_at {time};
