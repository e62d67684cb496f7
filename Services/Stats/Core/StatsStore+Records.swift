import Postgres
import Time
import Wire

/// A row as lists and exports show it.
struct StoredSession: Equatable, Sendable {
  let course: UUIDValue
  let session: UUIDValue
  let numbers: Stats.Numbers
  let observedAt: Int?
  let createdAt: Timestamp
  let updatedAt: Timestamp
}

extension StatsStore {
  /// The sessions of a course, last stored first.
  func list(_ key: CourseKey, _ page: SessionPage, deadline: Deadline) async throws(PostgresError) -> [StoredSession] {
    let before = page.before ?? Timestamp(microseconds: .max)
    let sql: SQL = """
      SELECT course_id, session_id, modules, score, time, observed_at, created_at, updated_at
      FROM stats.session
      WHERE user_id = \(key.user) AND course_id = \(key.course) AND updated_at < \(before)
      ORDER BY updated_at DESC, session_id LIMIT \(page.limit)
      """
    return try await records(sql.labelled("stats.sessions"), deadline)
  }

  /// All sessions of the user in the order of their keys, from a place on.
  func export(
    _ user: UUIDValue,
    from place: ExportPlace,
    limit: Int,
    deadline: Deadline
  ) async throws(PostgresError) -> [StoredSession] {
    let sql: SQL = """
      SELECT course_id, session_id, modules, score, time, observed_at, created_at, updated_at
      FROM stats.session
      WHERE user_id = \(user) AND (course_id, session_id) >= (\(place.course), \(place.session))
      ORDER BY course_id, session_id LIMIT \(limit)
      """
    return try await records(sql.labelled("stats.export"), deadline)
  }

  private func records(_ sql: SQL, _ deadline: Deadline) async throws(PostgresError) -> [StoredSession] {
    var records: [StoredSession] = []
    for row in try await database.query(sql, deadline: deadline) {
      records.append(
        StoredSession(
          course: try row.get(0),
          session: try row.get(1),
          numbers: Stats.Numbers(modules: try row.get(2), score: try row.get(3), time: try row.get(4)),
          observedAt: try row.get(5),
          createdAt: try row.get(6),
          updatedAt: try row.get(7)
        )
      )
    }
    return records
  }

  /// The user's courses with their numbers, in the order of their ids.
  func courses(
    _ user: UUIDValue,
    from course: UUIDValue,
    limit: Int,
    deadline: Deadline
  ) async throws(PostgresError) -> [(course: UUIDValue, numbers: Stats.Numbers)] {
    let sql: SQL = """
      SELECT course_id, sum(modules)::bigint, avg(score), sum(time)
      FROM stats.session
      WHERE user_id = \(user) AND course_id >= \(course)
      GROUP BY course_id ORDER BY course_id LIMIT \(limit)
      """
    var courses: [(course: UUIDValue, numbers: Stats.Numbers)] = []
    for row in try await database.query(sql.labelled("stats.courses"), deadline: deadline) {
      let numbers = Stats.Numbers(modules: try row.get(1), score: try row.get(2), time: try row.get(3))
      courses.append((try row.get(0), numbers))
    }
    return courses
  }

  /// What the user calls the ids; an id that is not in the answer is called by its UUID.
  func labels(
    _ user: UUIDValue,
    _ ids: [UUIDValue],
    deadline: Deadline
  ) async throws(PostgresError) -> [UUIDValue: String] {
    let sql: SQL = "SELECT id, text FROM stats.label WHERE user_id = \(user) AND id = ANY(\(ids))"
    var labels: [UUIDValue: String] = [:]
    for row in try await database.query(sql.labelled("stats.labels"), deadline: deadline) {
      labels[try row.get(0)] = try row.get(1)
    }
    return labels
  }

  /// Whether there was such a session. The names of the session and its course go with their last use.
  func erase(_ key: SessionKey, deadline: Deadline) async throws(PostgresError) -> Bool {
    let results = try await database.atomically(
      [
        """
        DELETE FROM stats.session
        WHERE user_id = \(key.user) AND course_id = \(key.course.course) AND session_id = \(key.session)
        """,
        """
        DELETE FROM stats.label AS l
        WHERE l.user_id = \(key.user) AND l.id IN (\(key.course.course), \(key.session)) AND NOT EXISTS (
          SELECT FROM stats.session AS s WHERE s.user_id = l.user_id AND (s.course_id = l.id OR s.session_id = l.id)
        )
        """,
      ],
      deadline: deadline
    )
    return results[0].affected > 0
  }

  /// Removes every trace of the user and answers how many sessions there were.
  func eraseAll(_ user: UUIDValue, deadline: Deadline) async throws(PostgresError) -> Int {
    let results = try await database.atomically(
      ["DELETE FROM stats.session WHERE user_id = \(user)", "DELETE FROM stats.label WHERE user_id = \(user)"],
      deadline: deadline
    )
    return results[0].affected
  }
}
