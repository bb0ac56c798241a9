-- When the holder of a session last proved who they are, after opening it: acts that change who may
-- do what want a fresh proof.
alter table sessions add column proved_at {time};
