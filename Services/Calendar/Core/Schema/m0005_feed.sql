-- The private address of a person's feed: SHA-256 of the token in it. A new one ends the old one.
CREATE TABLE calendar.feed (
  owner uuid PRIMARY KEY,
  hash  bytea NOT NULL CONSTRAINT feed_hash_once UNIQUE,
  made  timestamptz NOT NULL
);
