-- Names of unique constraints and indexes are the reasons that callers are told: login_taken, email_taken and so on.

CREATE TABLE auth.account (
  id uuid PRIMARY KEY,
  -- Where the account was made; decides who is reminded of a phone number.
  origin text NOT NULL CONSTRAINT account_origin_known CHECK (origin IN ('chat', 'pictever', 'jarvis')),
  login text CONSTRAINT login_taken UNIQUE,
  email text,
  -- Whether the owner of the mailbox has shown up. Until then the e-mail is only a claim.
  email_proven boolean NOT NULL DEFAULT false,
  handle text,
  display_name text NOT NULL,
  -- PHC text; null for an account that is entered by an outside issuer's token only.
  password_hash text,
  country_code text NOT NULL DEFAULT 'us' CONSTRAINT account_country_two_letters CHECK (country_code ~ '^[a-z]{2}$'),
  timezone text NOT NULL DEFAULT 'America/Vancouver',
  active boolean NOT NULL DEFAULT true,
  created timestamptz NOT NULL,
  last_login timestamptz,
  phone_mail_sent timestamptz,
  -- Rises with every change that delivery must hear of, so that it can tell an old snapshot from a new one.
  revision bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX email_taken ON auth.account (lower(email));
CREATE UNIQUE INDEX handle_taken ON auth.account (lower(handle));
CREATE INDEX account_awaiting_phone ON auth.account (created)
  WHERE origin = 'pictever' AND phone_mail_sent IS NULL;

CREATE TABLE auth.session (
  -- SHA-256 of the token; the token itself is stored nowhere.
  token_hash bytea PRIMARY KEY CONSTRAINT session_hash_length CHECK (octet_length(token_hash) = 32),
  id uuid NOT NULL CONSTRAINT session_id_unique UNIQUE,
  account uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  origin text NOT NULL,
  created timestamptz NOT NULL,
  last_used timestamptz NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX session_of_account ON auth.session (account, last_used DESC);
CREATE INDEX session_expires ON auth.session (expires);

-- Tokens of outside issuers that were logged out; kept for as long as such a token can live.
CREATE TABLE auth.revoked_token (
  token_hash bytea PRIMARY KEY CONSTRAINT revoked_token_hash_length CHECK (octet_length(token_hash) = 32),
  expires timestamptz NOT NULL
);
CREATE INDEX revoked_token_expires ON auth.revoked_token (expires);

-- The one current device of an account for each app that takes pushes.
CREATE TABLE auth.device (
  account uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  app text NOT NULL CONSTRAINT device_app_known CHECK (app IN ('pictever', 'jarvis')),
  phone text CONSTRAINT phone_taken UNIQUE,
  os text CONSTRAINT device_os_known CHECK (os IN ('android', 'ios')),
  push_token text,
  app_version text,
  -- The session that brought the push token, and takes it along when it ends.
  session text,
  changed timestamptz NOT NULL,
  PRIMARY KEY (account, app),
  CONSTRAINT push_token_held UNIQUE (app, push_token)
);

CREATE TABLE auth.phone_code (
  account uuid PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
  phone text NOT NULL,
  os text,
  push_token text,
  app_version text,
  session text,
  code_hash bytea NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  expires timestamptz NOT NULL
);

CREATE TABLE auth.reset_code (
  account uuid PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
  code_hash bytea NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  expires timestamptz NOT NULL
);

CREATE TABLE auth.friend_request (
  sender uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  target uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  -- Null while it is pending.
  declined timestamptz,
  created timestamptz NOT NULL,
  PRIMARY KEY (sender, target),
  CONSTRAINT friend_request_to_another CHECK (sender <> target)
);
CREATE INDEX friend_request_of_target ON auth.friend_request (target, created) WHERE declined IS NULL;

CREATE TABLE auth.friendship (
  low uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  high uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
  since timestamptz NOT NULL,
  PRIMARY KEY (low, high),
  CONSTRAINT friendship_ordered CHECK (low < high)
);
CREATE INDEX friendship_of_high ON auth.friendship (high);

-- What a user let Google hand over; both tokens are sealed with the operator's key.
CREATE TABLE auth.google_grant (
  account uuid PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
  refresh_token bytea,
  access_token bytea NOT NULL,
  access_expires timestamptz NOT NULL,
  changed timestamptz NOT NULL
);
