-- Who tries to send a mail, and until when it is nobody else's.
ALTER TABLE delivery.mail ADD COLUMN holder uuid, ADD COLUMN lease timestamptz;
CREATE INDEX mail_held ON delivery.mail (lease) WHERE holder IS NOT NULL AND state = 'queued';
