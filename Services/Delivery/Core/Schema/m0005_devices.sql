-- Browsers, and telephones beside the one per app that auth tells of, as their owners have added them. The table that knew
-- one browser per person stays for earlier builds.
CREATE TABLE delivery.added_device (
  id uuid PRIMARY KEY,
  person uuid NOT NULL,
  kind text NOT NULL CONSTRAINT added_device_kind_known CHECK (kind IN ('web', 'android', 'ios')),
  -- Null for a browser.
  app text,
  -- At the push service: a URL or a token.
  address text NOT NULL CONSTRAINT added_device_once UNIQUE,
  p256dh bytea,
  auth bytea,
  name text,
  -- It goes with the session it was added under.
  session text,
  added timestamptz NOT NULL,
  CONSTRAINT added_device_whole CHECK (
    CASE kind WHEN 'web' THEN num_nulls(p256dh, auth) = 0 AND app IS NULL
    ELSE num_nonnulls(p256dh, auth) = 0 AND app IS NOT NULL END)
);
CREATE INDEX added_device_of_person ON delivery.added_device (person, added DESC);
INSERT INTO delivery.added_device (id, person, kind, address, p256dh, auth, added)
SELECT gen_random_uuid(), person, 'web', endpoint, p256dh, auth, now() FROM delivery.web_subscription
ON CONFLICT DO NOTHING;

-- Of a job that comes again: by what, and which, of the person's devices were reached before.
ALTER TABLE delivery.job ADD COLUMN channel text, ADD COLUMN reached text[];

-- Of what waits for the end of quiet hours: when it was wanted.
ALTER TABLE delivery.job_later ADD COLUMN wanted timestamptz;
CREATE INDEX job_later_wanted ON delivery.job_later (person) WHERE wanted IS NOT NULL;

-- What is played again is still not to come too late, nor at night.
ALTER TABLE delivery.dead_job ADD COLUMN expires timestamptz, ADD COLUMN quiet_from time, ADD COLUMN quiet_until time,
  ADD COLUMN quiet_zone text;
