WITH stored AS (
  INSERT INTO delivery.message (id, sender, receiver, text, photo_id, video_id, sound_id, created, delivery_time,
    receive_label, receive_color)
  VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'A message of some length, as people write them', '', '',
    '', now(), now() + interval '1 day', 'A few days earlier', 'ffdc1a') RETURNING id, delivery_time
)
INSERT INTO delivery.job_later (id, priority, kind, app, due, ready)
SELECT id, 1, 'message', 'pictever', delivery_time, delivery_time FROM stored;
