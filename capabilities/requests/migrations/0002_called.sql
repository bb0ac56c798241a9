-- The emergency line had been called when the request was filed: nobody is told to call it first.
alter table requests add column called {int} not null default 0;

-- A late promise of which the highest layer has been told: it is told once.
alter table promises add column told {int} not null default 0;
