\set u random(1, 2000)
\set c random(1, 5)
SELECT sum(modules)::bigint, avg(score), sum(time) FROM stats.session
WHERE user_id = bench_uuid(1, :u) AND course_id = bench_uuid(2, :c);
