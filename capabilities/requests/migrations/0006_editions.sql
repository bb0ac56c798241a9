-- Who put an edition of the clocks in force.
alter table clock_policies add column set_by_id {id};
