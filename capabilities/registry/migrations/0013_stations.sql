-- Service stations (党群服务站), as everybody may know them: where, when, what for, and whom one meets there
-- in the words of the office. hours has seven lists of [opens, closes] in minutes, Monday first.
create table stations (
  community_id {id} not null,
  id {id} not null,
  name text not null,
  address text not null,
  phone text not null,
  offers text not null,
  duty text not null,
  hours {json} not null,
  holidays_off {int} not null,
  changed_at {time} not null,
  closed_at {time},
  primary key (community_id, id),
  foreign key (community_id) references communities (id)
);
