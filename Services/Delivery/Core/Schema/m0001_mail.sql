-- Mails that others have handed over. One that has ended its way keeps its key, so that a repeated call is known, and
-- nothing that a person wrote or is reached by.
CREATE TABLE delivery.mail (
  -- The left side of the Message-ID.
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  key text NOT NULL CONSTRAINT mail_key_once UNIQUE,
  recipient text,
  subject text,
  text text,
  created timestamptz NOT NULL,
  -- While a try is under way: when its lease ends.
  next_try timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- The day in which a mail must get through begins here, not while mail is off.
  first_try timestamptz,
  state text NOT NULL DEFAULT 'queued' CONSTRAINT mail_state_known CHECK (state IN ('queued', 'sent', 'failed')),
  -- Why the last try failed.
  reason text,
  ended timestamptz,
  CONSTRAINT mail_content_while_queued CHECK (
    CASE state
      WHEN 'queued' THEN num_nulls(recipient, subject, text) = 0 AND ended IS NULL
      ELSE num_nonnulls(recipient, subject, text) = 0 AND ended IS NOT NULL
    END)
);
CREATE INDEX mail_due ON delivery.mail (next_try) WHERE state = 'queued';
CREATE INDEX mail_ended ON delivery.mail (ended) WHERE state <> 'queued';

-- Calls whose sender does not exist yet.
CREATE TABLE delivery.pending (
  kind text NOT NULL CONSTRAINT pending_kind_known CHECK (kind IN ('text', 'push', 'person')),
  -- The call's own key; for a person the user's id, so that one snapshot is kept of each.
  key text NOT NULL,
  body bytea NOT NULL,
  revision bigint NOT NULL DEFAULT 0,
  created timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);
