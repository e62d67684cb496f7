\set u random(100000000001, 100000002000)
\set c random(100000000001, 100000000005)
\set s random(100000000001, 100000000020)
SELECT modules, score, time FROM stats.session
WHERE user_id = ('00000000-0000-4000-8000-' || :u)::uuid AND course_id = ('00000000-0000-4000-9000-' || :c)::uuid AND session_id = ('00000000-0000-4000-a000-' || :s)::uuid;
