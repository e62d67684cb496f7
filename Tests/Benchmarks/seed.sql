-- 2,000 accounts with a session each, and 20 study sessions in each of their 5 courses. The ids end in
-- twelve decimal digits, so that pgbench, which cannot format, builds them with one concatenation.
SET client_min_messages = warning;
INSERT INTO auth.account (id, origin, display_name, created)
SELECT ('00000000-0000-4000-8000-' || (100000000000 + n))::uuid, 'chat', 'bench', now() FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO auth.session (token_hash, id, account, origin, created, last_used, expires)
SELECT sha256(('bench-token-' || lpad(n::text, 30, '0'))::bytea), ('00000000-0000-4000-8000-' || (100000000000 + n))::uuid, ('00000000-0000-4000-8000-' || (100000000000 + n))::uuid, 'chat', now(), now(),
  now() + interval '30 days'
FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO stats.session (user_id, course_id, session_id, modules, score, time, created_at, updated_at)
SELECT ('00000000-0000-4000-8000-' || (100000000000 + u))::uuid, ('00000000-0000-4000-9000-' || (100000000000 + c))::uuid, ('00000000-0000-4000-a000-' || (100000000000 + s))::uuid, 1, 80.5, 120000, now(), now()
FROM generate_series(1, 2000) AS u, generate_series(1, 5) AS c, generate_series(1, 20) AS s ON CONFLICT DO NOTHING;
VACUUM ANALYZE;
