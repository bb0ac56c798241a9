-- A receipt is its sender's own number: what another account or another query code sent under the
-- same number is another intention. The program itself, which has no id, counts as the community.
drop index events_receipt;

create unique index events_receipt
  on events (community_id, receipt, coalesce(actor_id, community_id), part);
