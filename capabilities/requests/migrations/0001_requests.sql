-- A thin row per request with pointers to what holds now. What happened stands in `events`;
-- what was promised stands in `promises`.
create table requests (
  community_id {id} not null,
  id {id} not null,
  year {int} not null,
  serial {int} not null,
  version {int} not null,
  stage text not null,
  outcome text,
  asserted_by text,
  nature text not null,
  topic text not null,
  mode text,
  layer text not null,
  clock_class text not null,
  channel text not null,
  words text not null,
  household_id {id},
  place_id {id},
  spot_label text not null,
  grid_id {id},
  petitioner_id {id},
  petitioner_name text,
  petitioner_phone text,
  behalf text,
  recorder_id {id},
  lead_id {id},
  offered_to_id {id},
  handler_id {id},
  accused_id {id},
  confidential {int} not null,
  emergency text,
  parent_id {id},
  merged_into_id {id},
  children_open {int} not null,
  duty text,
  follow_up_on text,
  answer text,
  answer_kind text,
  redirect_to text,
  redirect_contact text,
  contacted {int},
  solved {int},
  satisfied {int},
  contact_attempts {int} not null,
  pause_reason text,
  paused_until_at {time},
  extension_asked_by_id {id},
  extension_until_at {time},
  extensions {int} not null,
  reopenings {int} not null,
  photos {int} not null,
  escalations {int} not null,
  next_clock text,
  next_due_at {time},
  received_at {time} not null,
  dispatched_at {time},
  answered_at {time},
  closed_at {time},
  changed_at {time} not null,
  primary key (community_id, id)
);

create unique index requests_number on requests (community_id, year, serial);

-- Every index here is written at each filing or act; there is one for each question that is asked.

-- The inbox: what is open.
create index requests_open on requests (community_id, stage, next_due_at)
  where stage <> 'closed';

-- Pauses that the program ends.
create index requests_paused on requests (community_id, paused_until_at)
  where stage = 'waiting';

create index requests_recorder on requests (community_id, recorder_id, id)
  where recorder_id is not null;

create index requests_merged on requests (community_id, merged_into_id, id)
  where merged_into_id is not null;

create index requests_children on requests (community_id, parent_id, id)
  where parent_id is not null;

create table request_counters (
  community_id {id} not null,
  year {int} not null,
  last {int} not null,
  primary key (community_id, year)
);

-- Promises kept as rows apart from the policy: changing the policy never rewrites them.
create table promises (
  community_id {id} not null,
  request_id {id} not null,
  clock text not null,
  round {int} not null,
  policy_version text not null,
  calendar_version text not null,
  owner_id {id},
  started_at {time} not null,
  due_at {time} not null,
  paused_at {time},
  paused_micros {int} not null,
  state text not null,
  ended_at {time},
  primary key {recent community_id, request_id, clock, round}
);

-- Promises the escalation job looks at.
create index promises_due on promises (community_id, due_at) where state = 'running';

create table photos (
  community_id {id} not null,
  id {id} not null,
  request_id {id} not null,
  width {int} not null,
  height {int} not null,
  picture {bytes} not null,
  thumbnail {bytes} not null,
  added_at {time} not null,
  primary key (community_id, request_id, id)
);

create table saved_views (
  community_id {id} not null,
  account_id {id} not null,
  id {id} not null,
  name text not null,
  query text not null,
  primary key (community_id, account_id, id)
);

-- Clock settings and calendar of a community, changed with effect from an instant.
create table clock_policies (
  community_id {id} not null,
  version text not null,
  from_at {time} not null,
  calendar text not null,
  clocks {json} not null,
  primary key (community_id, from_at)
);

-- What requests are found by.
{search request};
