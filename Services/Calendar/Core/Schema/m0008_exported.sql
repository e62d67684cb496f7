-- Events that are in somebody's linked calendar, or may be: noted before the first try, since its answer can be lost.
CREATE TABLE calendar.exported (
  event  uuid NOT NULL REFERENCES calendar.event ON DELETE CASCADE,
  person uuid NOT NULL,
  -- Google has said so.
  known  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (event, person)
);
