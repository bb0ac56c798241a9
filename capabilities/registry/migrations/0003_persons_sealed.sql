-- What tells who somebody is, is sealed under their own key. What lay in the clear waits in
-- persons_clear until the program has the keys to seal it, which is before it serves anybody.
create table persons_clear (
  community_id {id} not null,
  id {id} not null,
  name text not null,
  form_of_address text not null,
  phone text not null,
  born_on text,
  primary key (community_id, id)
);

insert into persons_clear (community_id, id, name, form_of_address, phone, born_on)
  select community_id, id, name, form_of_address, phone, born_on from persons;

-- Says that the files must be written anew once persons_clear is empty.
create table persons_scrub (
  community_id {id} not null,
  primary key (community_id)
);

insert into persons_scrub (community_id) select distinct community_id from persons;

alter table persons drop column name;
alter table persons drop column name_py;
alter table persons drop column form_of_address;
alter table persons drop column phone;
alter table persons drop column born_on;

-- Empty once somebody was erased.
alter table persons add column name {bytes};
alter table persons add column form_of_address {bytes};
alter table persons add column phone {bytes};
alter table persons add column born_on {bytes};
alter table persons add column citizen_number {bytes};

-- The blind index: keyed hashes of whole numbers, and the drawers of the last four digits and of the
-- terms of names, each of those between blanks.
alter table persons add column phone_key {bytes};
alter table persons add column phone_last {int};
alter table persons add column citizen_key {bytes};
alter table persons add column terms text;

-- The id stands in each, for what is found is taken in its order.
create index persons_phone on persons (community_id, phone_key, id);
create index persons_phone_last on persons (community_id, phone_last, id);
create index persons_citizen on persons (community_id, citizen_key, id);
