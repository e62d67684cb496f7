-- How many mails to strangers a person's polls and events have caused, on the last day (since 1970) on which they did.
CREATE TABLE calendar.invited (
  creator uuid PRIMARY KEY,
  day     bigint NOT NULL,
  mails   bigint NOT NULL
);
