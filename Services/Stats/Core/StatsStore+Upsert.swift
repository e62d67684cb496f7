import Postgres

/// The upsert in two forms that take the same values: $1 to $8 a column each, $9 the sessions a course may have.
///
/// The first writes all rows and fails as a whole, with `courseIsFull`, when a course then has too many. That is rare, so
/// the second, which looks before it writes and leaves out what is surplus, costs half as much again and only follows
/// such a failure. (64 changed rows: 0.6 ms against 0.9 ms; without any limit 0.58 ms.)
extension StatsStore {
  /// The SQLSTATE raised by `stats.refuse_full_course`.
  static let courseIsFull = "ST001"

  /// A row that is new has been stored at the moment it was made; of an old one the two differ.
  static let upsert = Statement(
    label: "stats.store",
    """
    WITH written AS (
      \(insert) SELECT \(columns) FROM \(values) \(onConflict)
      RETURNING user_id, course_id, created_at = updated_at AS is_new
    )
    SELECT stats.refuse_full_course()
    FROM (
      SELECT count(*) AS added, (\(sessionsHeld(by: "written"))) AS before
      FROM written WHERE is_new GROUP BY user_id, course_id
    ) AS course
    WHERE before + added > $9
    """
  )

  /// Several new rows of one course count each other through the window. Answers the places of the surplus rows.
  static let upsertWithinLimit = Statement(
    label: "stats.store_within_limit",
    """
    WITH incoming AS MATERIALIZED (
      SELECT i.*, (
        SELECT true FROM stats.session AS held
        WHERE held.user_id = i.user_id AND held.course_id = i.course_id AND held.session_id = i.session_id
      ) IS NULL AS is_new
      FROM \(values)
    ), judged AS (
      SELECT incoming.*, CASE WHEN is_new THEN
        count(*) FILTER (WHERE is_new) OVER (PARTITION BY user_id, course_id ORDER BY place)
        + (\(sessionsHeld(by: "incoming"))) > $9 ELSE false END AS is_surplus
      FROM incoming
    ), written AS (
      \(insert) SELECT \(columns) FROM judged WHERE NOT is_surplus \(onConflict)
    )
    SELECT place FROM judged WHERE is_surplus
    """
  )

  private static let values = """
    unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::double precision[], $6::double precision[],
      $7::bigint[], $8::timestamptz[])
    WITH ORDINALITY AS i (user_id, course_id, session_id, modules, score, time, observed_at, stored_at, place)
    """

  private static let insert = """
    INSERT INTO stats.session AS held
      (user_id, course_id, session_id, modules, score, time, observed_at, created_at, updated_at)
    """

  private static let columns = """
    user_id, course_id, session_id, modules, score, time, observed_at, stored_at, stored_at
    """

  private static let onConflict = """
    ON CONFLICT (user_id, course_id, session_id) DO UPDATE SET
      modules = excluded.modules, score = excluded.score, time = excluded.time,
      observed_at = coalesce(excluded.observed_at, held.observed_at), updated_at = excluded.updated_at
    WHERE excluded.observed_at IS NULL OR held.observed_at IS NULL OR excluded.observed_at >= held.observed_at
    """

  /// Counts what the statement's snapshot has, so not what it writes itself; no further than the limit.
  private static func sessionsHeld(by table: String) -> String {
    """
    SELECT count(*) FROM (
      SELECT FROM stats.session AS held
      WHERE held.user_id = \(table).user_id AND held.course_id = \(table).course_id LIMIT $9
    ) AS held
    """
  }

  static let label = Statement(
    label: "stats.label",
    """
    INSERT INTO stats.label (user_id, id, text)
    SELECT DISTINCT i.user_id, i.id, i.text FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS i (user_id, id, text)
    ORDER BY i.user_id, i.id
    ON CONFLICT (user_id, id) DO NOTHING
    """
  )
}
