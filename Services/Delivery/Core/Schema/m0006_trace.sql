-- The W3C traceparent of what asked for it.
ALTER TABLE delivery.job ADD COLUMN trace text;
ALTER TABLE delivery.job_later ADD COLUMN trace text;
ALTER TABLE delivery.dead_job ADD COLUMN trace text;
ALTER TABLE delivery.mail ADD COLUMN trace text;
