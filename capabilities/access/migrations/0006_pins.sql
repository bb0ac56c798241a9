-- How often a card's PIN was tried since it was last right: after five tries the card is dead. Only
-- who holds the card gets so far, so nobody locks out another.
alter table credentials add column tries {int} not null default 0;

-- Whether who enters by a card chooses a PIN at its first use. A community founded before there was
-- this asks for none until an administrator says so.
alter table access_settings add column pin_required {int} not null default 0;
