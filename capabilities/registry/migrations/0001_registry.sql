-- The communities of this installation: the one table that all share, a reference table where
-- the rest is distributed. short_key is the small number in query codes and search terms.
create table communities (
  id {id} not null,
  short_key {int} not null,
  name text not null,
  phone text not null,
  official_code text,
  created_at {time} not null,
  primary key (id)
);

create unique index communities_short_key on communities (short_key);

-- Anywhere a request can be about: a household, a building, a lane. Its id is that thing's own.
-- label is the usual way to say it, label_plain the same in small letters without blanks,
-- label_py its pinyin initials; sort orders 3栋 before 12栋.
create table spots (
  community_id {id} not null,
  id {id} not null,
  kind text not null,
  label text not null,
  label_plain text not null,
  label_py text not null,
  sort text not null,
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);

create index spots_order on spots (community_id, kind, sort, id);

create table compounds (
  community_id {id} not null,
  id {id} not null,
  name text not null,
  aliases {json} not null,
  primary key (community_id, id),
  foreign key (community_id, id) references spots (community_id, id)
);

create unique index compounds_name on compounds (community_id, name);

create table buildings (
  community_id {id} not null,
  id {id} not null,
  compound_id {id} not null,
  name text not null,
  aliases {json} not null,
  floors {int},
  has_lift {int} not null,
  primary key (community_id, id),
  foreign key (community_id, id) references spots (community_id, id),
  foreign key (community_id, compound_id) references compounds (community_id, id)
);

create unique index buildings_name on buildings (community_id, compound_id, name);

create table stairwells (
  community_id {id} not null,
  id {id} not null,
  building_id {id} not null,
  name text not null,
  primary key (community_id, id),
  foreign key (community_id, id) references spots (community_id, id),
  foreign key (community_id, building_id) references buildings (community_id, id)
);

create unique index stairwells_name on stairwells (community_id, building_id, name);

-- A door. entrance_id is the stairwell, or the building itself where it has none.
create table dwellings (
  community_id {id} not null,
  id {id} not null,
  building_id {id} not null,
  entrance_id {id} not null,
  room text not null,
  floor {int},
  primary key (community_id, id),
  foreign key (community_id, building_id) references buildings (community_id, id),
  foreign key (community_id, entrance_id) references spots (community_id, id)
);

create unique index dwellings_room on dwellings (community_id, entrance_id, room);

create table households (
  community_id {id} not null,
  id {id} not null,
  dwelling_id {id} not null,
  from_at {time} not null,
  until_at {time},
  primary key (community_id, id),
  foreign key (community_id, id) references spots (community_id, id),
  foreign key (community_id, dwelling_id) references dwellings (community_id, id)
);

create index households_dwelling on households (community_id, dwelling_id);

-- What people share that is no building: a lane, a yard, a hall.
create table places (
  community_id {id} not null,
  id {id} not null,
  kind text not null,
  name text not null,
  compound_id {id},
  primary key (community_id, id),
  foreign key (community_id, id) references spots (community_id, id),
  foreign key (community_id, compound_id) references compounds (community_id, id)
);

-- sex is the code of GB/T 2261.1.
create table persons (
  community_id {id} not null,
  id {id} not null,
  name text not null,
  name_py text not null,
  form_of_address text not null,
  phone text not null,
  born_on text,
  sex {int} not null,
  created_at {time} not null,
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);

-- Who belongs to which household, and when: half-open, an empty until_at is still true.
create table household_members (
  community_id {id} not null,
  household_id {id} not null,
  person_id {id} not null,
  from_at {time} not null,
  until_at {time},
  primary key (community_id, household_id, person_id, from_at),
  foreign key (community_id, household_id) references households (community_id, id),
  foreign key (community_id, person_id) references persons (community_id, id)
);

create index household_members_person on household_members (community_id, person_id, from_at);

-- tier is grid or mini; a mini-grid lies within a grid.
create table grids (
  community_id {id} not null,
  id {id} not null,
  tier text not null,
  within_id {id},
  name text not null,
  code_scheme text,
  code text,
  primary key (community_id, id),
  foreign key (community_id) references communities (id),
  foreign key (community_id, within_id) references grids (community_id, id)
);

-- Which grid a household or place lies in, and when. At most one of each tier is open (G1).
create table grid_memberships (
  community_id {id} not null,
  spot_id {id} not null,
  tier text not null,
  from_at {time} not null,
  until_at {time},
  grid_id {id} not null,
  primary key (community_id, spot_id, tier, from_at),
  foreign key (community_id, spot_id) references spots (community_id, id),
  foreign key (community_id, grid_id) references grids (community_id, id)
);

create unique index grid_memberships_open on grid_memberships (community_id, spot_id, tier)
  where until_at is null;

create index grid_memberships_grid on grid_memberships (community_id, grid_id, from_at);

-- Which liaison rep holds which household, and when. At most one assignment is open (G1).
create table liaison_assignments (
  community_id {id} not null,
  household_id {id} not null,
  from_at {time} not null,
  until_at {time},
  account_id {id} not null,
  primary key (community_id, household_id, from_at),
  foreign key (community_id, household_id) references households (community_id, id)
);

create unique index liaison_assignments_open on liaison_assignments (community_id, household_id)
  where until_at is null;

create index liaison_assignments_account on liaison_assignments (community_id, account_id, from_at);
