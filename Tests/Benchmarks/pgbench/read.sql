\set u random(1, 2000)
\set c random(1, 5)
\set s random(1, 20)
SELECT modules, score, time FROM stats.session
WHERE user_id = bench_uuid(1, :u) AND course_id = bench_uuid(2, :c) AND session_id = bench_uuid(3, :s);
