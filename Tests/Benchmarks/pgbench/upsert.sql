\set u random(1, 2000)
\set c random(1, 5)
\set s random(1, 20)
\set m random(1, 100)
INSERT INTO stats.session AS held (user_id, course_id, session_id, modules, score, time, observed_at, created_at, updated_at)
VALUES (bench_uuid(1, :u), bench_uuid(2, :c), bench_uuid(3, :s), :m, 80.5, 120000, NULL, now(), now())
ON CONFLICT (user_id, course_id, session_id) DO UPDATE SET modules = excluded.modules, score = excluded.score,
  time = excluded.time, observed_at = coalesce(excluded.observed_at, held.observed_at), updated_at = excluded.updated_at
WHERE excluded.observed_at IS NULL OR held.observed_at IS NULL OR excluded.observed_at >= held.observed_at;
