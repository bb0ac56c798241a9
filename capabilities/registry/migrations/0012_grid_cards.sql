-- What is posted of a grid for everybody to read: in the words of the office, and the telephones meant
-- for it. Nothing here is taken from the register of people.
create table grid_cards (
  community_id {id} not null,
  grid_id {id} not null,
  bounds text not null,
  worker text not null,
  contact text not null,
  supervision text not null,
  changed_at {time} not null,
  primary key (community_id, grid_id),
  foreign key (community_id, grid_id) references grids (community_id, id)
);
