\set u random(100000000001, 100000002000)
\set c random(100000000001, 100000000005)
\set s random(100000000001, 100000000020)
\set m random(1, 100)
INSERT INTO stats.session AS held (user_id, course_id, session_id, modules, score, time, observed_at, created_at, updated_at)
VALUES (('00000000-0000-4000-8000-' || :u)::uuid, ('00000000-0000-4000-9000-' || :c)::uuid, ('00000000-0000-4000-a000-' || :s)::uuid, :m, 80.5, 120000, NULL, now(), now())
ON CONFLICT (user_id, course_id, session_id) DO UPDATE SET modules = excluded.modules, score = excluded.score,
  time = excluded.time, observed_at = coalesce(excluded.observed_at, held.observed_at), updated_at = excluded.updated_at
WHERE excluded.observed_at IS NULL OR held.observed_at IS NULL OR excluded.observed_at >= held.observed_at;
