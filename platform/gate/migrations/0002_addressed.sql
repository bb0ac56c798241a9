-- What an act was addressed to, where its event is about something else: a filing is addressed to
-- the community, its event is about the request it made.
alter table events add column addressed_id {id};

drop index events_receipt;

-- A receipt is honoured once for the thing it was addressed to, and is its sender's own number: what
-- another account or another query code sent under the same number is another intention. The program
-- itself, which has no id, counts as the community. The thing comes first, so that the receipts of
-- one request stand together wherever their random numbers would put them.
create unique index events_receipt
  on events {recent community_id, coalesce(addressed_id, object_id), receipt, coalesce(actor_id, community_id)}
  where part = 0;
