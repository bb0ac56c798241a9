-- A place that was typed is found by exactly what it is called, without looking at all of them.
create index spots_plain on spots (community_id, label_plain);
