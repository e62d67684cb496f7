import Loop
import Postgres
import Time
import Wire

/// The hot statements of the service. Each takes many rows at once, because a commit, a round trip and a wake-up cost
/// the same for one as for a hundred. What lists, exports and erases is in `StatsStore+Records.swift`, the upsert's text
/// in `StatsStore+Upsert.swift`.
///
/// Every look into the table is a subquery per row (`LATERAL ... LIMIT`, scalar): a join would let the planner read the
/// whole table while its statistics still say that it is small.
@LoopActor
struct StatsStore {
  let database: Database
  /// Sessions a user may have in one course.
  let sessionLimit: Int
  let outagePatience: Duration

  /// Sooner than a caller of the bus gives up, so that it hears `unavailable` rather than nothing.
  var deadline: Deadline { .now + (database.isAvailable ? .seconds(4) : outagePatience) }

  /// Stores rows whose keys differ and answers the places of those that a course has no room for; they are left out.
  func write(_ writes: [SessionWrite], deadline: Deadline) async throws(PostgresError) -> [Int] {
    do {
      _ = try await run(StatsStore.upsert, writes, deadline)
      return []
    } catch {
      guard error.kind == .state(StatsStore.courseIsFull) else { throw error }
    }
    var surplus: [Int] = []
    for row in try await run(StatsStore.upsertWithinLimit, writes, deadline) {
      surplus.append(try row.get(0, as: Int.self) - 1)
    }
    return surplus
  }

  private func run(
    _ upsert: Statement,
    _ writes: [SessionWrite],
    _ deadline: Deadline
  ) async throws(PostgresError) -> Rows {
    let upsert = SQL(
      upsert,
      writes.map { $0.key.user },
      writes.map { $0.key.course.course },
      writes.map { $0.key.session },
      writes.map { $0.numbers.modules },
      writes.map { $0.numbers.score },
      writes.map { $0.numbers.time },
      writes.map { $0.observedAt },
      writes.map { $0.storedAt },
      sessionLimit
    )
    guard let labels = labels(of: writes) else { return try await database.query(upsert, deadline: deadline) }
    return try await database.atomically([labels, upsert], deadline: deadline)[1]
  }

  /// Nil in the usual case that every id is a UUID.
  private func labels(of writes: [SessionWrite]) -> SQL? {
    let named = writes.flatMap { write in
      write.labels.map { (user: write.key.user, id: $0.id, text: $0.text) }
    }
    guard !named.isEmpty else { return nil }
    return SQL(StatsStore.label, named.map { $0.user }, named.map { $0.id }, named.map { $0.text })
  }

  private static let sessions = Statement(
    label: "stats.session",
    """
    SELECT i.place, held.modules, held.score, held.time
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS i (user_id, course_id, session_id, place)
    CROSS JOIN LATERAL (
      SELECT modules, score, time FROM stats.session AS held
      WHERE held.user_id = i.user_id AND held.course_id = i.course_id AND held.session_id = i.session_id LIMIT 1
    ) AS held
    """
  )

  /// The numbers of each session, nil where there is none.
  func sessions(
    _ keys: [SessionKey],
    deadline: Deadline
  ) async throws(PostgresError) -> [Stats.Numbers?] {
    let sql = SQL(StatsStore.sessions, keys.map { $0.user }, keys.map { $0.course.course }, keys.map { $0.session })
    var found: [Stats.Numbers?] = Array(repeating: nil, count: keys.count)
    for row in try await database.query(sql, deadline: deadline) {
      found[try row.get(0, as: Int.self) - 1] = Stats.Numbers(
        modules: try row.get(1),
        score: try row.get(2),
        time: try row.get(3)
      )
    }
    return found
  }

  /// The sum of `modules` is exact: ten thousand times 10^9 fits a bigint.
  private static let totals = Statement(
    label: "stats.course",
    """
    SELECT total.sessions, total.modules, total.mean_score, total.weighted_score, total.time
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS i (user_id, course_id, place)
    CROSS JOIN LATERAL (
      SELECT count(*) AS sessions, coalesce(sum(held.modules), 0)::bigint AS modules,
        coalesce(avg(held.score), 0) AS mean_score, coalesce(sum(held.score * held.modules), 0) AS weighted_score,
        coalesce(sum(held.time), 0) AS time
      FROM stats.session AS held
      WHERE held.user_id = i.user_id AND held.course_id = i.course_id
    ) AS total
    ORDER BY i.place
    """
  )

  /// What the sessions of each course come to; nothing at all is a total of no sessions.
  func totals(
    _ keys: [CourseKey],
    deadline: Deadline
  ) async throws(PostgresError) -> [CourseTotals] {
    let sql = SQL(StatsStore.totals, keys.map { $0.user }, keys.map { $0.course })
    var totals: [CourseTotals] = []
    totals.reserveCapacity(keys.count)
    for row in try await database.query(sql, deadline: deadline) {
      totals.append(
        CourseTotals(
          sessions: try row.get(0),
          modules: try row.get(1),
          meanScore: try row.get(2),
          weightedScore: try row.get(3),
          time: try row.get(4)
        )
      )
    }
    return totals
  }
}
