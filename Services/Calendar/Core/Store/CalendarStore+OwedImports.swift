import Postgres
import Queue
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
      CalendarStore.announcing,
    ])
  }

  func settleImport(of person: UUIDValue) async throws(PostgresError) {
    try await database.query("DELETE FROM calendar.import WHERE person = \(person)")
  }

  /// Takes imports that are due besides those in hand; they come back unless they are settled or owed again.
  func claimImports(
    _ count: Int,
    for importer: UUIDValue,
    besides busy: [UUIDValue],
    at now: Timestamp
  ) async throws(PostgresError) -> [ImportClaim] {
    let rows = try await database.query(
      """
      UPDATE calendar.import AS x SET holder = \(importer), lease = \(unescaped: CalendarStore.lease.end)
      FROM (
        SELECT person FROM calendar.import
        WHERE next_try <= \(now) AND (holder IS NULL OR \(unescaped: CalendarStore.lease.isOver())) AND person <> ALL(\(busy))
        ORDER BY next_try LIMIT \(count) FOR UPDATE SKIP LOCKED
      ) AS due
      WHERE x.person = due.person
      RETURNING x.person
      """
    )
    return try rows.map { row throws(PostgresError) in ImportClaim(id: try row.get(0)) }
  }

  /// Leases again what is still the importer's, and answers whose that is.
  func renewImports(of people: [UUIDValue], for importer: UUIDValue) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      UPDATE calendar.import SET lease = \(unescaped: CalendarStore.lease.end)
      WHERE person = ANY(\(people)) AND holder = \(importer) RETURNING person
      """
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }

  func importOutlook(besides busy: [UUIDValue]) async throws(PostgresError) -> Outlook {
    let row = try await database.query(
      """
      SELECT (SELECT min(next_try) FROM calendar.import WHERE holder IS NULL),
        EXISTS (SELECT FROM calendar.import WHERE holder IS NOT NULL AND person <> ALL(\(busy)))
      """
    )[0]
    return Outlook(due: try row.get(0), othersHold: try row.get(1))
  }

  /// Lets go of what is owed still.
  func releaseImport(_ claim: ImportClaim, for importer: UUIDValue) async throws(PostgresError) {
    try await database.query(
      "UPDATE calendar.import SET holder = NULL, lease = NULL WHERE person = \(claim.id) AND holder = \(importer)"
    )
  }
}

/// A person whose import is tried again.
struct ImportClaim: Sendable, Identifiable { let id: UUIDValue }
