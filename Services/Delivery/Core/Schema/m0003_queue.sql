-- What shall reach a person by push, in two parts. `job` is the hot one: what is due within half a minute, under way, or
-- waits for another try. It stays small whatever waits in all, so that taking from it and vacuuming it cost the same with
-- a hundred million rows to come. `job_later` holds those: rows are added, and moved out once, in the order of their time,
-- so that a partition is written at one end of its life and emptied at the other.
CREATE TABLE delivery.job (
  -- Also the provider's name for it, by which a repetition replaces what is on the screen.
  id uuid PRIMARY KEY,
  -- 0 before 1 before 2.
  priority smallint NOT NULL CONSTRAINT job_priority_known CHECK (priority BETWEEN 0 AND 2),
  kind text NOT NULL,
  app text NOT NULL,
  -- Null for a message, which knows its receiver, and for what goes to a number.
  person uuid,
  -- What is told, as JSON; null for a message.
  body bytea,
  due timestamptz NOT NULL,
  -- When it is tried next.
  ready timestamptz NOT NULL,
  expires timestamptz,
  -- Hours in which it must not go out, in a zone; a null zone is the recipient's.
  quiet_from time,
  quiet_until time,
  quiet_zone text,
  attempts integer NOT NULL DEFAULT 0,
  first_try timestamptz,
  reason text,
  -- The worker that has it, and until when by the server's own clock, which no daemon's clock can move.
  holder uuid,
  lease timestamptz
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2);
CREATE INDEX job_ready ON delivery.job (priority, ready);

CREATE TABLE delivery.job_later (
  id uuid NOT NULL,
  priority smallint NOT NULL,
  kind text NOT NULL,
  app text NOT NULL,
  person uuid,
  body bytea,
  due timestamptz NOT NULL,
  ready timestamptz NOT NULL,
  expires timestamptz,
  quiet_from time,
  quiet_until time,
  quiet_zone text,
  PRIMARY KEY (id, due)
) PARTITION BY RANGE (due);
CREATE INDEX job_later_due ON delivery.job_later (due);
-- A month each for three years, a year each for ten more, the rest of the century together.
DO $$
DECLARE
  edge timestamptz := date_trunc('month', now());
  next timestamptz;
BEGIN
  EXECUTE format('CREATE TABLE delivery.job_later_past PARTITION OF delivery.job_later FOR VALUES FROM (MINVALUE) TO (%L)',
    edge);
  FOR part IN 1..46 LOOP
    next := edge + CASE WHEN part <= 36 THEN interval '1 month' ELSE interval '1 year' END;
    EXECUTE format('CREATE TABLE delivery.job_later_%s PARTITION OF delivery.job_later FOR VALUES FROM (%L) TO (%L)
      WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5)',
      to_char(edge, 'YYYY_MM'), edge, next);
    edge := next;
  END LOOP;
END $$;
CREATE TABLE delivery.job_later_rest PARTITION OF delivery.job_later DEFAULT;

-- Callers' keys, each good for one job, whatever became of it.
CREATE TABLE delivery.job_key (
  key text PRIMARY KEY,
  job uuid NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX job_key_expires ON delivery.job_key (expires);

-- What was given up, for an operator to look at and to play again.
CREATE TABLE delivery.dead_job (
  id uuid PRIMARY KEY,
  priority smallint NOT NULL,
  kind text NOT NULL,
  app text NOT NULL,
  person uuid,
  body bytea,
  due timestamptz NOT NULL,
  attempts integer NOT NULL,
  reason text NOT NULL,
  ended timestamptz NOT NULL
);
CREATE INDEX dead_job_ended ON delivery.dead_job (ended);

-- The browser that a person is reached by.
CREATE TABLE delivery.web_subscription (
  person uuid PRIMARY KEY,
  endpoint text NOT NULL,
  p256dh bytea NOT NULL,
  auth bytea NOT NULL
);

ALTER TABLE delivery.person ADD COLUMN timezone text;

-- When the quiet hours that `moment` lies in end; null outside of them, and for a zone that the server does not know.
CREATE FUNCTION delivery.quiet_end(moment timestamptz, starts time, ends time, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
  here timestamp;
  hour time;
BEGIN
  here := moment AT TIME ZONE zone;
  hour := here::time;
  IF starts <= ends AND hour >= starts AND hour < ends THEN
    RETURN (here::date + ends) AT TIME ZONE zone;
  ELSIF starts > ends AND hour >= starts THEN
    RETURN (here::date + 1 + ends) AT TIME ZONE zone;
  ELSIF starts > ends AND hour < ends THEN
    RETURN (here::date + ends) AT TIME ZONE zone;
  END IF;
  RETURN NULL;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END $$;

-- Messages and pushes of earlier builds.
INSERT INTO delivery.job_later (id, priority, kind, app, due, ready)
SELECT id, 1, 'message', 'pictever', delivery_time, delivery_time
FROM delivery.message WHERE NOT notif_delivered AND bottle IS NULL AND NOT is_blocked;
INSERT INTO delivery.job (id, priority, kind, app, person, body, due, ready)
SELECT gen_random_uuid(), 1, 'notice', 'jarvis', (convert_from(body, 'UTF8')::jsonb ->> 'to')::uuid, body, created, created
FROM delivery.pending WHERE kind = 'push';
DELETE FROM delivery.pending WHERE kind = 'push';
