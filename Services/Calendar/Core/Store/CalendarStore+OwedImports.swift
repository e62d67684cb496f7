import Postgres
import Time

// Imports that are tried again.
extension CalendarStore {
  /// Waits double from 2 s to an hour, so this many tries are more than a day; after that the next sign-in begins anew.
  private static let importTries = 36

  /// Leaves an import for later, longer each time.
  func oweImport(of person: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    try await database.atomically([
      """
      INSERT INTO calendar.import AS x (person, attempts, next_try)
      VALUES (\(person), 1, \(now) + interval '2 seconds')
      ON CONFLICT (person) DO UPDATE SET attempts = x.attempts + 1,
        next_try = \(now) + least(power(2, least(x.attempts + 1, 12)), 3600) * interval '1 second'
      """,
      "DELETE FROM calendar.import WHERE person = \(person) AND attempts > \(CalendarStore.importTries)",
    ])
  }

  func settleImport(of person: UUIDValue) async throws(PostgresError) {
    try await database.query("DELETE FROM calendar.import WHERE person = \(person)")
  }

  /// Takes imports that are due; they come back after the lease unless they are settled or owed again.
  func claimImports(_ count: Int, at now: Timestamp, lease: Timestamp) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      UPDATE calendar.import AS x SET next_try = \(lease)
      FROM (
        SELECT person FROM calendar.import WHERE next_try <= \(now) ORDER BY next_try LIMIT \(count)
        FOR UPDATE SKIP LOCKED
      ) AS due
      WHERE x.person = due.person
      RETURNING x.person
      """
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }
}
