import Postgres
import Time

extension AuthStore {
  /// For each window the moment of its try that decides whether another fits; nil where there are fewer. Locks nothing.
  func moments(deciding windows: [TryWindow]) async throws(PostgresError) -> [Timestamp?] {
    guard !windows.isEmpty else { return [] }
    let (keys, most) = (windows.map { Bytea($0.key) }, windows.map(\.most))
    var moments: [Timestamp?] = []
    for row in try await database.query(SQL(Tries.look, keys, most)) { moments.append(try row.get(0)) }
    return moments
  }

  /// Counts a try in all its windows, or throws `OneTooMany`: of two at once for one last place, in whichever copies of
  /// auth, only one gets it. A wider window does not count what the narrower one before it refused.
  func count(_ windows: [TryWindow], at now: Timestamp) async throws {
    guard let statement = Tries.count(windows, at: now) else { return }
    try check(await database.query(statement))
  }

  /// As without a transaction; the try counts once that is committed, and others of the same window wait for it. So only
  /// for windows of one user, who waits for nobody else.
  func count(_ windows: [TryWindow], at now: Timestamp, in transaction: Transaction) async throws {
    guard let statement = Tries.count(windows, at: now) else { return }
    try check(await transaction.query(statement))
  }

  private func check(_ counted: Rows) throws {
    if counted.isEmpty { throw OneTooMany() }
  }

  /// Deletes tries that no window counts any more, at most so many, and says how many rows that were.
  ///
  /// On a connection for transactions, so that no login stands behind it, and past rows that somebody is just counting in.
  func sweepTries(limit: Int, at now: Timestamp) async throws -> Int {
    try await database.transaction { transaction in
      try await transaction.query(
        """
        DELETE FROM auth.tries WHERE key IN (
          SELECT key FROM auth.tries WHERE expires <= \(now) LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        """
      ).affected
    }
  }
}

/// The statements about tries: one to look, one to count.
private enum Tries {
  /// The look into the table is made once per key, by its index, however little the planner knows of a new table.
  static let look = Statement(
    label: "auth.look_at_tries",
    """
    SELECT (SELECT \(deciding("held.moments", most: "wanted.most")) FROM auth.tries AS held WHERE held.key = wanted.key)
    FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS wanted (key, most, place) ORDER BY place
    """
  )

  /// A row comes back when the try fitted into the last window, and so into all.
  static func count(_ windows: [TryWindow], at now: Timestamp) -> SQL? {
    switch windows.count {
    case 0: return nil
    case 1:
      let one = windows[0]
      return SQL(countInOne, now, Bytea(one.key), one.most, now - one.span, one.horizon(at: now))
    default:
      precondition(windows.count == 2, "a try counts in two windows at most")
      let (narrow, wide) = (windows[0], windows[1])
      return SQL(
        countInTwo,
        now,
        Bytea(narrow.key),
        narrow.most,
        now - narrow.span,
        narrow.horizon(at: now),
        Bytea(wide.key),
        wide.most,
        now - wide.span,
        wide.horizon(at: now)
      )
    }
  }

  private static let countInOne = Statement(label: "auth.count_try", insert(values: 2))
  private static let countInTwo = Statement(
    label: "auth.count_try_twice",
    "WITH narrow AS (\(insert(values: 2))) \(insert(values: 6, from: "FROM narrow"))"
  )

  /// Takes the moment in $1 and from the place given: the key, how many fit, since when moments count, and until when. What
  /// was counted meanwhile by others is seen, since the row is locked before it is looked at.
  private static func insert(values first: Int, from source: String = "") -> String {
    let (key, most, since, horizon) = ("$\(first)", "$\(first + 1)", "$\(first + 2)", "$\(first + 3)")
    let deciding = deciding("held.moments", most: most)
    return """
      INSERT INTO auth.tries AS held (key, moments, expires) SELECT \(key), ARRAY[$1], \(horizon) \(source)
      ON CONFLICT (key) DO UPDATE SET expires = excluded.expires,
        moments = (held.moments || $1)[greatest(1, cardinality(held.moments) + 2 - \(most)::int):]
      WHERE (\(deciding) > \(since) AND \(deciding) < \(horizon)) IS NOT TRUE
      RETURNING true
      """
  }

  private static func deciding(_ moments: String, most: String) -> String {
    "(\(moments))[cardinality(\(moments)) + 1 - \(most)::int]"
  }
}
