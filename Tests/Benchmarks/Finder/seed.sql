-- Three open polls of 10, 50 and 500 people that end in 90 days, for the accounts of the other seed.sql. Everybody has
-- four appointments a day, ten slots, and one evening in the middle that suits all; the first account is the creator.
SET client_min_messages = warning;
SELECT setseed(0.5);
CREATE FUNCTION pg_temp.account(n int) RETURNS uuid LANGUAGE sql AS
  $$ SELECT ('00000000-0000-4000-8000-' || (100000000000 + n))::uuid $$;
-- A time of so many quarters of an hour within the next 90 days.
CREATE FUNCTION pg_temp.quarter() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  $$ SELECT date_trunc('hour', now()) + floor(random() * 90 * 96) * interval '15 minutes' $$;
DELETE FROM calendar.event WHERE name LIKE 'bench %';
DELETE FROM calendar.entry WHERE name = 'bench';
UPDATE auth.account SET email = 'bench' || right(id::text, 4) || '@bench.example' WHERE id IN (
  SELECT pg_temp.account(n) FROM generate_series(1, 500) AS n);
INSERT INTO calendar.person (id, email, zone)
SELECT pg_temp.account(n), 'bench' || lpad(n::text, 4, '0') || '@bench.example', 'America/Los_Angeles'
FROM generate_series(1, 500) AS n ON CONFLICT DO NOTHING;
INSERT INTO calendar.event (id, creator, creator_email, name, zone, zone_data, minutes, deadline, closes, created, updated)
SELECT ('00000000-0000-4000-b000-' || (100000000000 + n))::uuid, pg_temp.account(1), 'bench0001@bench.example', 'bench ' || n,
  'UTC', 'bench', 60, (date_part('epoch', now()) / 86400)::int + 89, date_trunc('day', now()) + interval '90 days', now(), now()
FROM unnest(ARRAY[10, 50, 500]) AS n;
WITH spans AS (
  SELECT e, n, pg_temp.quarter() AS start, s FROM unnest(ARRAY[10, 50, 500]) AS e, generate_series(1, e) AS n,
    generate_series(1, 10) AS s
)
INSERT INTO calendar.guest (event, email, place, answered, starts, ends, weights)
SELECT ('00000000-0000-4000-b000-' || (100000000000 + e))::uuid, 'bench' || lpad(n::text, 4, '0') || '@bench.example', n - 1, now(),
  array_agg(start ORDER BY s) || date_trunc('day', now()) + interval '45 days',
  array_agg(start + interval '5 hours' ORDER BY s) || date_trunc('day', now()) + interval '45 days 10 hours',
  array_fill(1::float8, ARRAY[11])
FROM spans GROUP BY e, n;
INSERT INTO calendar.entry (id, owner, name, description, zone, starts, ends, created)
SELECT gen_random_uuid(), pg_temp.account(n), 'bench', '', 'UTC', start, start + interval '45 minutes', now()
FROM (SELECT n, pg_temp.quarter() AS start FROM generate_series(1, 500) AS n, generate_series(1, 360)) AS busy;
VACUUM ANALYZE;
