-- People as the calendar has met them: whoever has called it. Guests without an account are e-mails only.
CREATE TABLE calendar.person (
  id       uuid PRIMARY KEY,
  -- In lower case; NULL for an account without one.
  email    text CONSTRAINT person_email_once UNIQUE,
  zone     text NOT NULL,
  lat      text,
  lon      text,
  placed   timestamptz
);

-- A poll, and the real event it becomes under the same id.
CREATE TABLE calendar.event (
  id            uuid PRIMARY KEY,
  state         text NOT NULL DEFAULT 'pending'
                CONSTRAINT event_state_known CHECK (state IN ('pending', 'confirmed', 'cancelled')),
  creator       uuid NOT NULL,
  creator_email text NOT NULL,
  name          text NOT NULL,
  description   text NOT NULL DEFAULT '',
  location      text NOT NULL DEFAULT '',
  zone          text NOT NULL,
  -- Release of the zone database that `closes` was computed with.
  zone_data     text NOT NULL,
  minutes       integer NOT NULL CONSTRAINT event_length_range CHECK (minutes BETWEEN 1 AND 1440),
  -- The last day of voting, as days since 1970 in the event's zone, and the moment after it.
  deadline      integer NOT NULL,
  closes        timestamptz NOT NULL,
  quorum        integer NOT NULL DEFAULT 0,
  notice        integer NOT NULL DEFAULT 0,
  starts        timestamptz,
  ends          timestamptz,
  -- Rises with every change, of the people too.
  revision      bigint NOT NULL DEFAULT 1,
  created       timestamptz NOT NULL,
  updated       timestamptz NOT NULL,
  CONSTRAINT event_times CHECK (state <> 'confirmed' OR (starts IS NOT NULL AND ends > starts))
);
CREATE INDEX event_creator ON calendar.event (creator, closes);

-- Everybody who is asked, the creator too, with their answer. One row per person: the last answer wins.
CREATE TABLE calendar.guest (
  event    uuid NOT NULL REFERENCES calendar.event ON DELETE CASCADE,
  -- In lower case.
  email    text NOT NULL,
  -- The order in which they were named; the creator is 0.
  place    integer NOT NULL,
  part     text NOT NULL DEFAULT 'counted'
           CONSTRAINT guest_part_known CHECK (part IN ('counted', 'required', 'optional')),
  answered timestamptz,
  declined boolean NOT NULL DEFAULT false,
  starts   timestamptz[] NOT NULL DEFAULT '{}',
  ends     timestamptz[] NOT NULL DEFAULT '{}',
  weights  double precision[] NOT NULL DEFAULT '{}',
  -- Comes to the real event; the creator always does.
  attends  boolean NOT NULL DEFAULT false,
  CONSTRAINT guest_once PRIMARY KEY (event, email),
  CONSTRAINT guest_slots CHECK (cardinality(starts) = cardinality(ends) AND cardinality(starts) = cardinality(weights))
);
CREATE INDEX guest_email ON calendar.guest (email);

-- Time that a creator keeps free for a poll that is not decided yet. Two polls of one person cannot hold the same hour:
-- the constraint says so, whoever races. A person is a range of one number, since ranges need no extension here.
CREATE TABLE calendar.hold (
  event   uuid PRIMARY KEY REFERENCES calendar.event ON DELETE CASCADE,
  creator uuid NOT NULL,
  keeper  int8range NOT NULL,
  during  tstzrange NOT NULL,
  expires timestamptz NOT NULL,
  CONSTRAINT hold_once EXCLUDE USING gist (keeper WITH &&, during WITH &&)
);
CREATE INDEX hold_creator ON calendar.hold (creator);

-- Own entries. With weekdays it repeats on wall clocks; without, it is one span of time.
CREATE TABLE calendar.entry (
  id          uuid PRIMARY KEY,
  owner       uuid NOT NULL,
  name        text NOT NULL,
  description text NOT NULL,
  zone        text NOT NULL,
  -- Above 0: a free slot that the owner prefers, no busy time.
  weight      integer NOT NULL DEFAULT 0,
  starts      timestamptz NOT NULL,
  ends        timestamptz NOT NULL,
  -- One bit per weekday, Sunday the lowest; 0 for a single entry. Then the clock times in seconds after midnight, the
  -- end below the start when it is on the next day, and the last moment at which it may start.
  weekdays    integer NOT NULL DEFAULT 0,
  from_clock  integer,
  to_clock    integer,
  until       timestamptz,
  created     timestamptz NOT NULL,
  CONSTRAINT entry_times CHECK (ends > starts)
);
CREATE INDEX entry_owner ON calendar.entry (owner);

-- What a linked calendar said, by its own ids.
CREATE TABLE calendar.imported (
  owner     uuid NOT NULL,
  source    text NOT NULL,
  uid       text NOT NULL,
  summary   text NOT NULL,
  description text NOT NULL DEFAULT '',
  location  text NOT NULL DEFAULT '',
  color     text NOT NULL DEFAULT '',
  creator_email text NOT NULL DEFAULT '',
  attendees text[] NOT NULL DEFAULT '{}',
  zone      text NOT NULL,
  all_day   boolean NOT NULL,
  starts    timestamptz NOT NULL,
  ends      timestamptz NOT NULL,
  -- RRULE, and the starts that are left out or moved.
  rule      text,
  skipped   timestamptz[] NOT NULL DEFAULT '{}',
  busy      boolean NOT NULL,
  created   timestamptz NOT NULL,
  updated   timestamptz NOT NULL,
  CONSTRAINT imported_once PRIMARY KEY (owner, source, uid)
);
