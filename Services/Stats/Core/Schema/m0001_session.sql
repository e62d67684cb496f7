-- One row per user, course and session. The key's order serves the point read and the course's sum. A row is rewritten
-- in place by every later upsert, so pages keep room for that and no second index stands in its way.
CREATE TABLE stats.session (
  user_id     uuid NOT NULL,
  course_id   uuid NOT NULL,
  session_id  uuid NOT NULL,
  modules     bigint NOT NULL CONSTRAINT session_modules_range CHECK (modules BETWEEN 0 AND 1000000000),
  score       double precision NOT NULL CONSTRAINT session_score_range CHECK (score BETWEEN 0 AND 1000000),
  -- Milliseconds, by convention of the clients.
  time        double precision NOT NULL CONSTRAINT session_time_range CHECK (time BETWEEN 0 AND 9007199254740991),
  -- Milliseconds since 1970 on the client's clock: an older observation does not replace a newer one.
  observed_at bigint,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  CONSTRAINT session_key PRIMARY KEY (user_id, course_id, session_id)
) WITH (fillfactor = 80);

-- What a client calls an id that is no UUID; empty unless such ids are allowed (CARILLON_STATS_ID_MODE).
CREATE TABLE stats.label (
  user_id uuid NOT NULL,
  id      uuid NOT NULL,
  text    text NOT NULL,
  CONSTRAINT label_key PRIMARY KEY (user_id, id)
);

-- Raised by the upsert that finds a course beyond its limit, to undo itself.
CREATE FUNCTION stats.refuse_full_course() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a course has no room for another session' USING ERRCODE = 'ST001';
END
$$;
