import Postgres
import Queue
import Time

// Real events on their way into linked calendars, and out of them.
extension CalendarStore {
  /// Leaves the event for the calendars of everybody who comes and has linked one, and of those in whose calendar it may
  /// be. What waits already starts anew; who has it in hand keeps it, and sees at the end that it has changed.
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
    try await transaction.query(CalendarStore.announcing)
  }

  /// Takes exports that are due, one of each person besides those who have one under way. What was tried least often comes
  /// first, so that one that never works holds up no other.
  func claimExports(
    _ count: Int,
    for exporter: UUIDValue,
    besides busy: [UUIDValue],
    at now: Timestamp
  ) async throws(PostgresError) -> [ExportClaim] {
    let rows = try await database.query(
      """
      UPDATE calendar.export AS x SET attempts = x.attempts + 1, holder = \(exporter),
        lease = \(unescaped: CalendarStore.lease.end)
      FROM (
        SELECT d.event, d.person FROM calendar.export d
        WHERE d.next_try <= \(now) AND (d.holder IS NULL OR \(unescaped: CalendarStore.lease.isOver("d."))) AND d.person <> ALL(\(busy))
          AND NOT EXISTS (
            SELECT 1 FROM calendar.export o
            WHERE o.person = d.person AND o.next_try <= \(now) AND (o.holder IS NULL OR \(unescaped: CalendarStore.lease.isOver("o.")))
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

  /// Leases again what is still the exporter's, and answers whose that is.
  func renewExports(of people: [UUIDValue], for exporter: UUIDValue) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      UPDATE calendar.export SET lease = \(unescaped: CalendarStore.lease.end)
      WHERE person = ANY(\(people)) AND holder = \(exporter) RETURNING person
      """
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }

  func exportOutlook(besides busy: [UUIDValue]) async throws(PostgresError) -> Outlook {
    let row = try await database.query(
      """
      SELECT (SELECT min(next_try) FROM calendar.export WHERE holder IS NULL AND person <> ALL(\(busy))),
        EXISTS (SELECT FROM calendar.export WHERE holder IS NOT NULL AND person <> ALL(\(busy)))
      """
    )[0]
    return Outlook(due: try row.get(0), othersHold: try row.get(1))
  }

  // MARK: - What became of it

  /// Ends an export and notes what the calendar has said, if anything; one whose event has changed since it was claimed
  /// waits again. False, and nothing is noted, when it is not the exporter's any more.
  func endExport(_ claim: ExportClaim, for exporter: UUIDValue, isThere: Bool?) async throws(PostgresError) -> Bool {
    let noting: SQL? =
      switch isThere {
      case true:
        """
        INSERT INTO calendar.exported (event, person, known) SELECT event, person, true FROM calendar.export
        WHERE event = \(claim.event) AND person = \(claim.person) AND holder = \(exporter)
        ON CONFLICT (event, person) DO UPDATE SET known = true
        """
      case false:
        """
        DELETE FROM calendar.exported AS x USING calendar.export AS e
        WHERE x.event = \(claim.event) AND x.person = \(claim.person)
          AND e.event = x.event AND e.person = x.person AND e.holder = \(exporter)
        """
      case nil: nil
      }
    let ending: [SQL] = [
      """
      DELETE FROM calendar.export WHERE event = \(claim.event) AND person = \(claim.person) AND holder = \(exporter)
        AND attempts = \(claim.attempts)
      """,
      """
      UPDATE calendar.export SET holder = NULL, lease = NULL
      WHERE event = \(claim.event) AND person = \(claim.person) AND holder = \(exporter)
      """,
    ]
    let results = try await database.atomically((noting.map { [$0] } ?? []) + ending)
    return results.suffix(2).contains { $0.affected > 0 }
  }

  /// With `everything` all that waits for the person waits at least as long: their calendar is away. False when it is not
  /// the exporter's any more.
  func postponeExport(
    _ claim: ExportClaim,
    for exporter: UUIDValue,
    until moment: Timestamp,
    everything: Bool
  ) async throws(PostgresError) -> Bool {
    let results = try await database.atomically([
      """
      UPDATE calendar.export SET holder = NULL, lease = NULL,
        next_try = CASE WHEN attempts = \(claim.attempts) THEN \(moment) ELSE next_try END
      WHERE event = \(claim.event) AND person = \(claim.person) AND holder = \(exporter)
      """,
      """
      UPDATE calendar.export SET next_try = greatest(next_try, \(moment))
      WHERE \(everything) AND person = \(claim.person) AND event <> \(claim.event)
      """, CalendarStore.announcing,
    ])
    return results[0].affected > 0
  }

  /// Leaves an event for a calendar once more, of which nobody knows any longer what was said to it last.
  func repostExport(_ claim: ExportClaim, at now: Timestamp) async throws(PostgresError) {
    try await database.atomically([
      """
      INSERT INTO calendar.export (event, person, next_try)
      SELECT id, \(claim.person), \(now) FROM calendar.event WHERE id = \(claim.event)
      ON CONFLICT (event, person) DO UPDATE SET attempts = 0, next_try = excluded.next_try
      """,
      "UPDATE calendar.exported SET known = false WHERE event = \(claim.event) AND person = \(claim.person)",
      CalendarStore.announcing,
    ])
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

  /// Notes before the first try that the event may be there from now on.
  func noteExported(_ claim: ExportClaim) async throws(PostgresError) {
    try await database.query(
      "INSERT INTO calendar.exported (event, person) VALUES (\(claim.event), \(claim.person)) ON CONFLICT DO NOTHING"
    )
  }
}

/// One calendar that waits for one event. A person has one under way at a time, so it goes by the person.
struct ExportClaim: Sendable, Identifiable {
  let event: UUIDValue
  let person: UUIDValue
  /// Since the event changed last, this one included.
  let attempts: Int

  var id: UUIDValue { person }
}

struct ExportState: Sendable {
  var email: String?
  /// Nil: it was never put there.
  var known: Bool?
}
