-- Names that belong to whoever has the token. Only its digest is kept.
CREATE TABLE live.claim (
  name       text NOT NULL CONSTRAINT claim_key PRIMARY KEY,
  digest     bytea NOT NULL,
  claimed_at timestamptz NOT NULL
);
