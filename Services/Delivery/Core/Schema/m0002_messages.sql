-- What auth has told of each account: the newest snapshot.
CREATE TABLE delivery.person (
  id uuid PRIMARY KEY,
  revision bigint NOT NULL,
  email text,
  name text NOT NULL,
  country text NOT NULL,
  -- Canonical. Not unique: when a number moves, the snapshots of its two owners may come in either order.
  phone text
);
CREATE INDEX person_phone ON delivery.person (phone) WHERE phone IS NOT NULL;

CREATE TABLE delivery.device (
  person uuid NOT NULL REFERENCES delivery.person ON DELETE CASCADE,
  app text NOT NULL,
  os text NOT NULL,
  token text NOT NULL,
  PRIMARY KEY (person, app, token)
);

CREATE TABLE delivery.message (
  id uuid PRIMARY KEY,
  sender uuid NOT NULL,
  -- For a bottle, its sender.
  receiver uuid NOT NULL,
  -- The number that a message without receiver waits for.
  bottle text,
  receiver_phone text,
  text text NOT NULL,
  photo_id text NOT NULL,
  video_id text NOT NULL,
  sound_id text NOT NULL,
  created timestamptz NOT NULL,
  delivery_time timestamptz NOT NULL,
  -- The cursor it was shown under, stamped when its receiver asked; null until then and again after a change of the time.
  visible_at timestamptz,
  is_blocked boolean NOT NULL DEFAULT false,
  -- Its time has come and was attended to, whatever became of the push.
  notif_delivered boolean NOT NULL DEFAULT false,
  receive_label text NOT NULL,
  receive_color text NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX message_unseen ON delivery.message (receiver, delivery_time)
  WHERE visible_at IS NULL AND bottle IS NULL AND NOT is_blocked;
CREATE INDEX message_seen ON delivery.message (receiver, visible_at) WHERE visible_at IS NOT NULL;
CREATE INDEX message_sent ON delivery.message (sender, delivery_time);
CREATE INDEX message_bottled ON delivery.message (bottle) WHERE bottle IS NOT NULL;
CREATE INDEX message_bottled_by ON delivery.message (sender) WHERE bottle IS NOT NULL;

-- One row per receiver: the highest cursor ever told. Its lock puts stamps in the order in which they are committed.
CREATE TABLE delivery.inbox (
  person uuid PRIMARY KEY,
  clock timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Keys of senders that make a repetition harmless.
CREATE TABLE delivery.sent_key (
  sender uuid NOT NULL,
  key text NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (sender, key)
);
CREATE INDEX sent_key_expires ON delivery.sent_key (expires);

CREATE TABLE delivery.block (
  person uuid NOT NULL,
  blocked uuid NOT NULL,
  PRIMARY KEY (person, blocked)
);

-- The highest rank a sender ever had.
CREATE TABLE delivery.standing (
  person uuid PRIMARY KEY,
  rank smallint NOT NULL
);

CREATE TABLE delivery.book (
  owner uuid PRIMARY KEY,
  digest bytea NOT NULL,
  changed timestamptz NOT NULL
);

CREATE TABLE delivery.contact (
  owner uuid NOT NULL REFERENCES delivery.book ON DELETE CASCADE,
  place integer NOT NULL,
  written text NOT NULL,
  phone text,
  name text NOT NULL,
  PRIMARY KEY (owner, place)
);
CREATE INDEX contact_phone ON delivery.contact (owner, phone);
CREATE INDEX contact_of_phone ON delivery.contact (phone) WHERE phone IS NOT NULL;

-- Members who were told that a newcomer is there.
CREATE TABLE delivery.joined (
  newcomer uuid NOT NULL,
  member uuid NOT NULL,
  PRIMARY KEY (newcomer, member)
);

-- Snapshots that earlier builds have kept.
INSERT INTO delivery.person (id, revision, email, name, country, phone)
SELECT (body ->> 'user')::uuid, (body ->> 'revision')::bigint, body ->> 'email', body ->> 'name', body ->> 'country',
  body ->> 'phone'
FROM (SELECT convert_from(body, 'UTF8')::jsonb AS body FROM delivery.pending WHERE kind = 'person') AS kept;
INSERT INTO delivery.device (person, app, os, token)
SELECT DISTINCT (body ->> 'user')::uuid, device ->> 'app', device ->> 'os', device ->> 'token'
FROM (SELECT convert_from(body, 'UTF8')::jsonb AS body FROM delivery.pending WHERE kind = 'person') AS kept,
  jsonb_array_elements(body -> 'devices') AS device
ON CONFLICT DO NOTHING;
DELETE FROM delivery.pending WHERE kind = 'person';
