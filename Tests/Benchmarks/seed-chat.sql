-- 200 rooms of ten members each, and one room of everybody, for the accounts of seed.sql. Codes have eight letters of the
-- rooms' alphabet: the number of the room in base 8, its digits written as A to H, behind "zzzz".
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.code(n int) RETURNS text LANGUAGE sql AS
  $$ SELECT 'zzzz' || translate(lpad(to_char(n / 512 % 8 * 1000 + n / 64 % 8 * 100 + n / 8 % 8 * 10 + n % 8, 'FM0000'), 4, '0'), '01234567', 'ABCDEFGH') $$;
CREATE FUNCTION pg_temp.account(n int) RETURNS uuid LANGUAGE sql AS
  $$ SELECT ('00000000-0000-4000-8000-' || (100000000000 + n))::uuid $$;
INSERT INTO chat.room (room_gid, owner_id, created_at)
SELECT pg_temp.code(r), pg_temp.account(r * 10 + 1), now() FROM generate_series(0, 199) AS r ON CONFLICT DO NOTHING;
INSERT INTO chat.member (room_gid, user_id, since)
SELECT pg_temp.code(u / 10), pg_temp.account(u + 1), now() FROM generate_series(0, 1999) AS u ON CONFLICT DO NOTHING;
INSERT INTO chat.room (room_gid, owner_id, created_at) VALUES ('everyone', pg_temp.account(1), now()) ON CONFLICT DO NOTHING;
INSERT INTO chat.member (room_gid, user_id, since)
SELECT 'everyone', pg_temp.account(u), now() FROM generate_series(1, 2000) AS u ON CONFLICT DO NOTHING;
VACUUM ANALYZE;
