-- Where a building stands in the picture of its compound, counted from one: rows from the top, places
-- from the left. Empty: it follows the others in the order of names.
alter table buildings add column plot_row {int};
alter table buildings add column plot_place {int};
