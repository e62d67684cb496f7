-- Which term of office this is: it rises whenever another copy begins to lead. What a copy counts is stored only in its own
-- term, so that one which has been replaced and does not know it yet stores nothing any more.
CREATE TABLE live.term (
  only_row boolean NOT NULL DEFAULT true CONSTRAINT term_key PRIMARY KEY CONSTRAINT term_only_row CHECK (only_row),
  number   bigint NOT NULL
);
INSERT INTO live.term (number) VALUES (0);

-- Holds the term until the transaction ends, or ends the transaction.
CREATE FUNCTION live.hold_term(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM live.term WHERE number = wanted FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another copy leads' USING ERRCODE = 'check_violation', CONSTRAINT = 'term_held';
  END IF;
END
$$;
