-- The room of a calendar's event: owned by nobody (the nil UUID), locked, its members those of the calendar's call with
-- the highest revision. The row outlives the room, so that no late call revives what was erased.
CREATE TABLE chat.event_room (
  event_id text PRIMARY KEY,
  room_gid text COLLATE "C" UNIQUE REFERENCES chat.room,
  revision bigint NOT NULL
);

ALTER TABLE chat.person ADD COLUMN email text;

-- A sender's own name for a message, by which a retry is known for one.
ALTER TABLE chat.message ADD COLUMN post_key text;
CREATE UNIQUE INDEX message_of_key ON chat.message (room_gid, sender_id, post_key) WHERE post_key IS NOT NULL;
