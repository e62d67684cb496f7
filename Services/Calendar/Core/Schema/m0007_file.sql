-- Own entries from calendar files stand beside those of linked calendars, under the source `file`. Each has an id to be
-- removed by; `series` is the UID in the file, which the single times of a series share.
ALTER TABLE calendar.imported ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(), ADD COLUMN series text;
CREATE INDEX imported_id ON calendar.imported (id);
CREATE INDEX imported_series ON calendar.imported (owner, series) WHERE series IS NOT NULL;

-- The private address under which others see when a person is busy, and nothing else; made and ended like a feed's.
CREATE TABLE calendar.free_busy_feed (
  owner uuid PRIMARY KEY,
  hash  bytea NOT NULL CONSTRAINT free_busy_feed_hash_once UNIQUE,
  made  timestamptz NOT NULL
);
