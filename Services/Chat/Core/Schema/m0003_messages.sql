ALTER TABLE chat.message ADD COLUMN edited_at timestamptz;

-- The last message that a member has seen.
ALTER TABLE chat.member ADD COLUMN read_id bigint NOT NULL DEFAULT 0;

-- For the search; new rows wait in the index's own list, so that storing one stays cheap.
CREATE INDEX message_words ON chat.message USING gin (to_tsvector('simple', txt));

-- For export and erasure.
CREATE INDEX message_of_sender ON chat.message (sender_id, msg_id);

CREATE TABLE chat.block (
  user_id uuid NOT NULL,
  blocked_id uuid NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
);

-- What somebody reported, as it was then: the message may be edited or deleted since.
CREATE TABLE chat.report (
  room_gid text COLLATE "C" NOT NULL,
  msg_id bigint NOT NULL,
  reporter_id uuid NOT NULL,
  sender_id uuid NOT NULL,
  txt text NOT NULL,
  reason text NOT NULL,
  reported_at timestamptz NOT NULL,
  PRIMARY KEY (room_gid, msg_id, reporter_id)
);
