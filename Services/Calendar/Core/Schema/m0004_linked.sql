-- How far a linked calendar has been read.
CREATE TABLE calendar.linked (
  owner      uuid PRIMARY KEY,
  sync_token text,
  synced     timestamptz NOT NULL
);

-- Real events that wait to be put into linked calendars.
CREATE TABLE calendar.export (
  event    uuid NOT NULL REFERENCES calendar.event ON DELETE CASCADE,
  person   uuid NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_try timestamptz NOT NULL,
  PRIMARY KEY (event, person)
);
CREATE INDEX export_due ON calendar.export (next_try);
