-- A mail may be of no use after a while; null is never.
ALTER TABLE delivery.mail ADD COLUMN expires timestamptz;
