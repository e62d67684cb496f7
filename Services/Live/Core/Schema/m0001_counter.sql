-- Clicks in the order in which they were counted. The gateway that relayed one and its number there tell, after a
-- failure at the worst moment, whether it was stored.
CREATE TABLE live.click (
  id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT click_key PRIMARY KEY,
  user_name  text NOT NULL,
  comment    text,
  style      text,
  clicked_at timestamptz NOT NULL,
  gateway    bigint NOT NULL,
  number     bigint NOT NULL
);
CREATE INDEX click_by_time ON live.click (clicked_at, id);

CREATE TABLE live.event (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT event_key PRIMARY KEY,
  user_name   text NOT NULL,
  name        text NOT NULL,
  happened_at timestamptz NOT NULL
);
CREATE INDEX event_by_time ON live.event (happened_at, id);

-- What each name has clicked in all. A busy name's row is rewritten by every batch: pages keep room for that, and no
-- index stands in its way.
CREATE TABLE live.person (
  name        text NOT NULL CONSTRAINT person_key PRIMARY KEY,
  click_count bigint NOT NULL,
  event_count bigint NOT NULL
) WITH (fillfactor = 70);

-- Hours in which something was counted. Kept for ever: the sum of all is the total.
CREATE TABLE live.hour (
  started_at  timestamptz NOT NULL CONSTRAINT hour_key PRIMARY KEY,
  click_count bigint NOT NULL,
  event_count bigint NOT NULL
) WITH (fillfactor = 50);
