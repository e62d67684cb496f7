-- The tries that limits count: wrong passwords, codes asked for, new accounts, friend requests.
-- Unlogged: no wrong password waits for the disk, and none is in a backup or a standby. A crash of the server, which nobody
-- outside can bring about, forgets the tries of the last hour at most. No index but the key, so that an update stays
-- within its page; the few rows are read through when old ones are deleted. Three hundred moments are no reason to compress:
-- that made counting four times as dear.
CREATE UNLOGGED TABLE auth.tries (
  -- SHA-256 of what is counted and of whom.
  key bytea PRIMARY KEY CONSTRAINT tries_key_length CHECK (octet_length(key) = 32),
  -- Of the newest tries that fitted, no more than the limit, oldest first.
  moments timestamptz[] NOT NULL,
  -- When the newest one has left the window.
  expires timestamptz NOT NULL
) WITH (fillfactor = 50, toast_tuple_target = 8160);
