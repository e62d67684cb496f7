-- The room of a calendar's event. It belongs to nobody (the nil UUID), is locked, and its members are what the calendar
-- said in the call of the highest revision. The row stays when the room is erased, so that no late call revives it.
CREATE TABLE chat.event_room (
  event_id text PRIMARY KEY,
  room_gid text COLLATE "C" NOT NULL UNIQUE REFERENCES chat.room,
  revision bigint NOT NULL,
  erased boolean NOT NULL DEFAULT false
);
