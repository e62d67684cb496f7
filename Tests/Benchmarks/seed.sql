-- 2,000 accounts with a session each, and 20 study sessions in each of their 5 courses. The ids are built the cheap way on
-- pgbench's side too, so that its statement costs what a client with ready parameters pays.
SET client_min_messages = warning;
CREATE OR REPLACE FUNCTION bench_uuid(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (CASE kind WHEN 1 THEN '00000000-0000-4000-8000-' WHEN 2 THEN '00000000-0000-4000-9000-'
    ELSE '00000000-0000-4000-a000-' END || lpad(to_hex(n), 12, '0'))::uuid
$$;
INSERT INTO auth.account (id, origin, display_name, created)
SELECT bench_uuid(1, n), 'chat', 'bench', now() FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO auth.session (token_hash, id, account, origin, created, last_used, expires)
SELECT sha256(('bench-token-' || lpad(n::text, 30, '0'))::bytea), bench_uuid(1, n), bench_uuid(1, n), 'chat', now(), now(),
  now() + interval '30 days'
FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO stats.session (user_id, course_id, session_id, modules, score, time, created_at, updated_at)
SELECT bench_uuid(1, u), bench_uuid(2, c), bench_uuid(3, s), 1, 80.5, 120000, now(), now()
FROM generate_series(1, 2000) AS u, generate_series(1, 5) AS c, generate_series(1, 20) AS s ON CONFLICT DO NOTHING;
VACUUM ANALYZE;
