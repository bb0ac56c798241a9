-- How colleagues reach somebody who works here; empty where nobody said.
alter table accounts add column phone text not null default '';
