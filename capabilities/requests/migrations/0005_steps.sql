-- When a request next goes up a layer on account of a promise, kept with the promise: the program
-- finds what is to go up now in the order of time, and looks at nothing else.
alter table promises add column step_at {time};
update promises set step_at = due_at where state = 'running' and told = 0;

drop index promises_due;
create index promises_step on promises (step_at) where step_at is not null;

-- The same for pauses that are over.
drop index requests_paused;
create index requests_paused on requests (paused_until_at) where paused_until_at is not null;
