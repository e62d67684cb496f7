-- :n messages due from :'from' on, :rate a second (0: all at the same moment), each to a person with a telephone.
WITH people AS (
  INSERT INTO delivery.person (id, revision, name, country)
  SELECT gen_random_uuid(), 1, '', 'us' FROM generate_series(1, :n) RETURNING id
), devices AS (
  INSERT INTO delivery.device SELECT id, 'pictever', 'android', id::text FROM people
), placed AS (
  SELECT id, now() + :'from'::interval
    + CASE WHEN :rate = 0 THEN '0' ELSE row_number() OVER () * interval '1 second' / nullif(:rate, 0) END AS due FROM people
), messages AS (
  INSERT INTO delivery.message (id, sender, receiver, text, photo_id, video_id, sound_id, created, delivery_time,
    receive_label, receive_color)
  SELECT gen_random_uuid(), id, id, 'A message of some length, as people write them', '', '', '', now(), due, 'x', 'x'
  FROM placed RETURNING id, delivery_time
)
INSERT INTO delivery.job_later (id, priority, kind, app, due, ready)
SELECT id, 1, 'message', 'pictever', delivery_time, delivery_time FROM messages ORDER BY delivery_time;
