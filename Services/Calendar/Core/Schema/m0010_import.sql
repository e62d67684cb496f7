-- Imports that are owed: the linked calendar gave no answer, or none that makes sense.
CREATE TABLE calendar.import (
  person   uuid PRIMARY KEY,
  attempts integer NOT NULL DEFAULT 0,
  next_try timestamptz NOT NULL
);
CREATE INDEX import_due ON calendar.import (next_try);
-- Exports take turns by person.
CREATE INDEX export_person ON calendar.export (person, next_try);
