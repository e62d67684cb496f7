import JSON
import Loop
import Postgres
import Telemetry
import Time
import Wire

/// All SQL of delivery, one method per statement.
@LoopActor
struct DeliveryStore {
  let database: Database

  // MARK: - Taking in

  /// Stores a mail, due at once, and answers its id; nil when the key is known.
  func accept(_ mail: MailDraft, key: String, at now: Timestamp) async throws(PostgresError) -> UUIDValue? {
    let rows = try await database.query(
      """
      INSERT INTO delivery.mail (key, recipient, subject, text, created, next_try, expires, trace,
        calendar_method, calendar)
      VALUES (\(key), \(mail.recipient), \(mail.subject), \(mail.text), \(now), \(now), \(mail.expires),
        \(mail.trace?.traceparent), \(mail.calendar?.method.rawValue), \(mail.calendar?.text))
      ON CONFLICT ON CONSTRAINT mail_key_once DO NOTHING
      RETURNING id
      """
    )
    return try rows.first?.get(0)
  }

  /// Keeps a call for a sender to come. Of two under one key the one of the higher revision stays, of equals the first.
  func keep(
    _ call: PendingCall,
    at now: Timestamp,
    deadline: ContinuousClock.Instant?
  ) async throws(PostgresError) {
    _ = try await database.query(
      """
      INSERT INTO delivery.pending AS held (kind, key, body, revision, created)
      VALUES (\(call.kind.rawValue), \(call.key), \(Bytea(call.body.bytes)), \(call.revision), \(now))
      ON CONFLICT (kind, key) DO UPDATE
      SET body = excluded.body, revision = excluded.revision, created = excluded.created
      WHERE held.revision < excluded.revision
      """,
      deadline: deadline
    )
  }

  // MARK: - Sending

  /// Takes mails that are due, those that wait longest first. They come back at the end of the lease unless something is
  /// noted of them before.
  func claim(_ count: Int, at now: Timestamp, leaseEnd: Timestamp) async throws(PostgresError) -> [MailClaim] {
    let rows = try await database.query(
      """
      WITH due AS (
        SELECT id FROM delivery.mail WHERE state = 'queued' AND next_try <= \(now)
        ORDER BY next_try LIMIT \(count) FOR UPDATE SKIP LOCKED
      )
      UPDATE delivery.mail AS m
      SET attempts = m.attempts + 1, first_try = coalesce(m.first_try, \(now)), next_try = \(leaseEnd)
      FROM due WHERE m.id = due.id
      RETURNING m.id, m.recipient, m.subject, m.text, m.created, m.first_try, m.attempts, m.next_try, m.expires, m.trace,
        m.calendar_method, m.calendar
      """
    )
    return try rows.map { row throws(PostgresError) in try MailClaim(row) }
  }

  /// When the next mail is due; nil when none waits.
  func nextDue() async throws(PostgresError) -> Timestamp? {
    try await database.query("SELECT min(next_try) FROM delivery.mail WHERE state = 'queued'")[0].get(0)
  }

  /// Notes what became of a try. May be repeated.
  ///
  /// A mail that is out is out, whoever has it by now. Any other outcome counts only as long as nobody else has tried
  /// meanwhile.
  func note(_ verdict: MailVerdict, of claim: MailClaim, at now: Timestamp) async throws(PostgresError) {
    switch verdict {
    case .sent:
      try await database.query(
        """
        UPDATE delivery.mail
        SET state = 'sent', recipient = NULL, subject = NULL, text = NULL, calendar = NULL, reason = NULL, ended = \(now)
        WHERE id = \(claim.id) AND state = 'queued'
        """
      )
    case .retry(let rest, let reason):
      try await database.query(
        """
        UPDATE delivery.mail SET next_try = \(now + rest), reason = \(reason)
        WHERE id = \(claim.id) AND state = 'queued' AND attempts = \(claim.attempts)
        """
      )
    case .failed(let reason):
      try await database.query(
        """
        UPDATE delivery.mail
        SET state = 'failed', recipient = NULL, subject = NULL, text = NULL, calendar = NULL, reason = \(reason), ended = \(now)
        WHERE id = \(claim.id) AND state = 'queued' AND attempts = \(claim.attempts)
        """
      )
    }
  }

  // MARK: - Upkeep

  func backlog() async throws(PostgresError) -> MailBacklog {
    let row = try await database.query("SELECT count(*), min(created) FROM delivery.mail WHERE state = 'queued'")[0]
    return MailBacklog(mails: try row.get(0), oldest: try row.get(1))
  }

  /// Forgets keys of mails that ended before the moment, some at a time, and answers how many.
  func forget(endedBefore moment: Timestamp, limit: Int) async throws(PostgresError) -> Int {
    try await database.query(
      """
      DELETE FROM delivery.mail WHERE id IN (
        SELECT id FROM delivery.mail WHERE state <> 'queued' AND ended < \(moment) ORDER BY ended LIMIT \(limit)
      )
      RETURNING id
      """
    ).count
  }
}
