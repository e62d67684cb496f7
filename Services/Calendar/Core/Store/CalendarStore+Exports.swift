import Postgres
import Time

// Real events on their way into linked calendars, and out of them.
extension CalendarStore {
  /// Leaves the event for the calendars of everybody who comes and has linked one, and of those in whose calendar it may
  /// be. What waits already starts anew.
  func postExports(_ event: EventRecord, _ transaction: Transaction, at now: Timestamp) async throws {
    guard exports, event.starts != nil else { return }
    let emails = event.state == .confirmed ? [event.creatorEmail] + event.attendees.map(\.email) : []
    try await transaction.query(
      """
      INSERT INTO calendar.export (event, person, next_try)
      SELECT \(event.id), id, \(now) FROM (
        SELECT id FROM calendar.person WHERE email = ANY(\(emails))
        UNION SELECT person FROM calendar.exported WHERE event = \(event.id)
      ) AS people (id)
      ON CONFLICT (event, person) DO UPDATE SET attempts = 0, next_try = excluded.next_try
      """
    )
  }

  /// Takes exports that are due, one of each person besides those who have one under way; they come back after the lease
  /// unless they are dropped. What was tried least often comes first, so that one that never works holds up no other.
  func claimExports(
    _ count: Int,
    besides busy: [UUIDValue],
    at now: Timestamp,
    lease: Timestamp
  ) async throws(PostgresError) -> [ExportClaim] {
    let rows = try await database.query(
      """
      UPDATE calendar.export AS x SET attempts = x.attempts + 1, next_try = \(lease)
      FROM (
        SELECT d.event, d.person FROM calendar.export d
        WHERE d.next_try <= \(now) AND d.person <> ALL(\(busy)) AND NOT EXISTS (
          SELECT 1 FROM calendar.export o
          WHERE o.person = d.person AND o.next_try <= \(now)
            AND (o.attempts, o.next_try, o.event) < (d.attempts, d.next_try, d.event)
        )
        ORDER BY d.next_try LIMIT \(count) FOR UPDATE SKIP LOCKED
      ) AS due
      WHERE x.event = due.event AND x.person = due.person
      RETURNING x.event, x.person, x.attempts
      """
    )
    return try rows.map { row throws(PostgresError) in
      ExportClaim(event: try row.get(0), person: try row.get(1), attempts: try row.get(2))
    }
  }

  /// Ends an export, unless the event has changed since it was claimed.
  func dropExport(_ claim: ExportClaim) async throws(PostgresError) {
    try await database.query(
      """
      DELETE FROM calendar.export
      WHERE event = \(claim.event) AND person = \(claim.person) AND attempts = \(claim.attempts)
      """
    )
  }

  /// With `everything` all that waits for the person waits at least as long: their calendar is away.
  func postponeExport(_ claim: ExportClaim, until moment: Timestamp, everything: Bool) async throws(PostgresError) {
    try await database.query(
      """
      UPDATE calendar.export
      SET next_try = CASE WHEN event = \(claim.event) THEN \(moment) ELSE greatest(next_try, \(moment)) END
      WHERE person = \(claim.person)
        AND CASE WHEN event = \(claim.event) THEN attempts = \(claim.attempts) ELSE \(everything) END
      """
    )
  }

  // MARK: - What is there

  /// The person's e-mail, and whether the event may be, and is known to be, in their calendar.
  func exportState(of claim: ExportClaim) async throws(PostgresError) -> ExportState {
    let rows = try await database.query(
      """
      SELECT p.email, x.known FROM (SELECT \(claim.event)::uuid, \(claim.person)::uuid) AS asked (event, person)
      LEFT JOIN calendar.person p ON p.id = asked.person
      LEFT JOIN calendar.exported x ON x.event = asked.event AND x.person = asked.person
      """
    )
    guard let row = rows.first else { return ExportState() }
    return ExportState(email: try row.get(0), known: try row.get(1))
  }

  func noteExported(_ claim: ExportClaim, known: Bool) async throws(PostgresError) {
    try await database.query(
      """
      INSERT INTO calendar.exported AS x (event, person, known) VALUES (\(claim.event), \(claim.person), \(known))
      ON CONFLICT (event, person) DO UPDATE SET known = x.known OR excluded.known
      """
    )
  }

  func forgetExported(_ claim: ExportClaim) async throws(PostgresError) {
    try await database.query(
      "DELETE FROM calendar.exported WHERE event = \(claim.event) AND person = \(claim.person)"
    )
  }
}

/// One calendar that waits for one event.
struct ExportClaim: Sendable {
  let event: UUIDValue
  let person: UUIDValue
  /// Since the event changed last, this one included.
  let attempts: Int
}

struct ExportState: Sendable {
  var email: String?
  /// Nil: it was never put there.
  var known: Bool?
}
