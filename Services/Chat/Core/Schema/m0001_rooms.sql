-- A room's row is also its lock: whatever writes to a room (a message, a membership, the row itself) locks the row
-- first. So writers of one room take turns, its message ids become visible in the order they were given out, and a
-- reader who goes on from the last id it saw misses none.
CREATE TABLE chat.room (
  room_gid text COLLATE "C" PRIMARY KEY,
  owner_id uuid NOT NULL,
  locked boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  CONSTRAINT room_gid_form CHECK (room_gid ~ '^[A-HJ-NP-Za-km-z2-9]{8}$')
);

-- A membership that is over stays: who was in a room may learn that it exists, a stranger may not.
CREATE TABLE chat.member (
  room_gid text COLLATE "C" NOT NULL REFERENCES chat.room,
  user_id uuid NOT NULL,
  since timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (room_gid, user_id)
);

CREATE INDEX member_of_user ON chat.member (user_id) WHERE ended_at IS NULL;

CREATE SEQUENCE chat.message_id AS bigint;

-- No reference to the room: a message is only ever inserted by joining the locked row of its room, and a check per row
-- would be a good part of what storing one costs.
CREATE TABLE chat.message (
  room_gid text COLLATE "C" NOT NULL,
  msg_id bigint NOT NULL,
  sender_id uuid NOT NULL,
  txt text NOT NULL,
  sent_at timestamptz NOT NULL,
  PRIMARY KEY (room_gid, msg_id)
);

-- What senders were last called, for when the directory is away.
CREATE TABLE chat.person (
  user_id uuid PRIMARY KEY,
  name text NOT NULL
);
