-- The number as whose newcomer the person was last announced: only another one makes a newcomer again.
ALTER TABLE delivery.person ADD COLUMN greeted text;
UPDATE delivery.person SET greeted = phone WHERE phone IS NOT NULL;
