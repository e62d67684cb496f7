-- Mails that earlier builds have left for delivery, as the notices that it takes.
UPDATE auth.outbox
SET call = 'delivery.notify', body = convert_to(jsonb_build_object(
  'mail', mail ->> 'to', 'title', mail ->> 'subject', 'body', mail ->> 'text')::text, 'UTF8')
FROM (SELECT id AS entry, convert_from(body, 'UTF8')::jsonb AS mail FROM auth.outbox WHERE call = 'delivery.mail') AS held
WHERE id = entry;
