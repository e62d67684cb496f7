\set u random(100000000001, 100000002000)
\set c random(100000000001, 100000000005)
SELECT sum(modules)::bigint, avg(score), sum(time) FROM stats.session
WHERE user_id = ('00000000-0000-4000-8000-' || :u)::uuid AND course_id = ('00000000-0000-4000-9000-' || :c)::uuid;
