WITH named AS (
  INSERT INTO delivery.job_key (key, job, expires)
  VALUES ('pgbench:' || gen_random_uuid(), gen_random_uuid(), now() + interval '31 days') RETURNING job
)
INSERT INTO delivery.job_later (id, priority, kind, app, person, body, due, ready)
SELECT job, 1, 'notice', 'jarvis', gen_random_uuid(),
  '{"body":"Dinner: Friday at eight","channels":["push"],"data":{"event_id":"7","type":"active"},"title":"Event Scheduled"}',
  now() + interval '1 day', now() + interval '1 day' FROM named;
