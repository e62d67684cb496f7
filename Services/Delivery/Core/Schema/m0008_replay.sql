-- Gives dead jobs another life, the longest dead first, and says how many: those of a kind, and those whose reason begins
-- with a text. An operator's tool: SELECT delivery.replay(reason => 'status 5').
CREATE FUNCTION delivery.replay(kind text DEFAULT NULL, reason text DEFAULT NULL, most integer DEFAULT 10000,
  moment timestamptz DEFAULT now()) RETURNS integer
LANGUAGE sql AS $$
  WITH picked AS (
    DELETE FROM delivery.dead_job WHERE id IN (
      SELECT d.id FROM delivery.dead_job d
      WHERE (replay.kind IS NULL OR d.kind = replay.kind)
        AND (replay.reason IS NULL OR starts_with(d.reason, replay.reason))
      ORDER BY d.ended LIMIT replay.most)
    RETURNING *
  ), played AS (
    INSERT INTO delivery.job (id, priority, kind, app, person, body, due, ready, expires, quiet_from, quiet_until,
      quiet_zone, trace)
    SELECT id, priority, p.kind, app, person, body, due, replay.moment, expires, quiet_from, quiet_until, quiet_zone, trace
    FROM picked p ON CONFLICT DO NOTHING RETURNING id
  )
  SELECT count(played.id)::integer FROM played, (SELECT pg_notify('delivery_job', '')) AS told
$$;
