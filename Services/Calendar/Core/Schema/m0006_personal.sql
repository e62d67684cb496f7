-- What people choose for themselves; nobody needs a row.
CREATE TABLE calendar.setting (
  person          uuid PRIMARY KEY,
  -- Working hours: by place one bit per weekday, Sunday the lowest, then clock times in seconds after midnight, the end
  -- at or below the start when it is on the next day. None: any hour will do.
  hour_days       bigint[] NOT NULL DEFAULT '{}',
  hour_starts     bigint[] NOT NULL DEFAULT '{}',
  hour_ends       bigint[] NOT NULL DEFAULT '{}',
  -- Minutes before the start of an event; NULL is what everybody gets.
  reminders       bigint[],
  -- The same before own entries.
  entry_reminders bigint[] NOT NULL DEFAULT '{}',
  CONSTRAINT setting_hours CHECK (
    cardinality(hour_days) = cardinality(hour_starts) AND cardinality(hour_days) = cardinality(hour_ends))
);

-- Reminders to come, of real events and of own entries, and those handed to delivery until a day after.
CREATE TABLE calendar.reminder (
  subject  uuid NOT NULL,
  person   uuid NOT NULL,
  minutes  bigint NOT NULL,
  starts   timestamptz NOT NULL,
  due      timestamptz NOT NULL,
  is_entry boolean NOT NULL DEFAULT false,
  -- The notice that delivery has taken; with it the notice can be taken back.
  notice   uuid,
  PRIMARY KEY (subject, person, minutes, starts)
);
CREATE INDEX reminder_due ON calendar.reminder (due) WHERE notice IS NULL;
CREATE INDEX reminder_person ON calendar.reminder (person);

-- Which reminders of real events there should be.
CREATE VIEW calendar.wanted_reminder AS
SELECT e.id AS event, p.id AS person, ahead.minutes, e.starts, e.starts - ahead.minutes * interval '1 minute' AS due
FROM calendar.event e
JOIN calendar.guest g ON g.event = e.id AND g.attends
JOIN calendar.person p ON p.email = g.email
LEFT JOIN calendar.setting s ON s.person = p.id
CROSS JOIN LATERAL unnest(coalesce(s.reminders, '{30}')) AS ahead (minutes)
WHERE e.state = 'confirmed';
