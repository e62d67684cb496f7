import JSON
import Loop
import Postgres
import Queue
import Telemetry
import Time
import Wire

/// All SQL of delivery, one method per statement.
@LoopActor
struct DeliveryStore {
  let database: Database

  /// Of jobs and mails.
  static let lease = LeaseTerms(length: .seconds(5))

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

  /// A process of the build before leases knows a mail under way only by this, and then leaves it alone.
  private static let longestTry = Duration.seconds(120)

  /// Takes mails that are due, those that wait longest first, and such whose lease has ended.
  func claimMails(_ count: Int, for sender: UUIDValue, at now: Timestamp) async throws(PostgresError) -> [MailClaim] {
    let rows = try await database.query(
      """
      WITH left_behind AS (
        SELECT id FROM delivery.mail WHERE state = 'queued' AND holder IS NOT NULL AND \(unescaped: DeliveryStore.lease.isOver())
        LIMIT \(count) FOR UPDATE SKIP LOCKED
      ), due AS (
        SELECT id FROM delivery.mail WHERE state = 'queued' AND holder IS NULL AND next_try <= \(now)
        ORDER BY next_try LIMIT \(count) - (SELECT count(*) FROM left_behind) FOR UPDATE SKIP LOCKED
      )
      UPDATE delivery.mail AS m SET holder = \(sender), lease = \(unescaped: DeliveryStore.lease.end),
        attempts = m.attempts + 1, first_try = coalesce(m.first_try, \(now)),
        next_try = \(now + DeliveryStore.longestTry)
      WHERE m.id = ANY (ARRAY(SELECT id FROM left_behind UNION ALL SELECT id FROM due))
      RETURNING m.id, m.recipient, m.subject, m.text, m.created, m.first_try, m.attempts, m.expires, m.trace,
        m.calendar_method, m.calendar
      """
    )
    return try rows.map { row throws(PostgresError) in try MailClaim(row) }
  }

  /// Keeps what is still the sender's for another lease, and answers what that is.
  func renewMails(_ mails: [UUIDValue], for sender: UUIDValue) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      UPDATE delivery.mail SET lease = \(unescaped: DeliveryStore.lease.end)
      WHERE id = ANY(\(mails)) AND state = 'queued' AND holder = \(sender) RETURNING id
      """
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }

  /// What waits besides the mails in hand.
  func mailOutlook(besides held: [UUIDValue]) async throws(PostgresError) -> Outlook {
    let row = try await database.query(
      """
      SELECT (SELECT min(next_try) FROM delivery.mail WHERE state = 'queued' AND holder IS NULL),
        EXISTS (SELECT FROM delivery.mail WHERE state = 'queued' AND holder IS NOT NULL AND id <> ALL(\(held)))
      """
    )[0]
    return Outlook(due: try row.get(0), othersHold: try row.get(1))
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
        SET state = 'sent', recipient = NULL, subject = NULL, text = NULL, calendar = NULL, reason = NULL, ended = \(now),
          holder = NULL, lease = NULL
        WHERE id = \(claim.id) AND state = 'queued'
        """
      )
    case .retry(let rest, let reason):
      try await database.query(
        """
        UPDATE delivery.mail SET next_try = \(now + rest), reason = \(reason), holder = NULL, lease = NULL
        WHERE id = \(claim.id) AND state = 'queued' AND attempts = \(claim.attempts)
        """
      )
    case .failed(let reason):
      try await database.query(
        """
        UPDATE delivery.mail
        SET state = 'failed', recipient = NULL, subject = NULL, text = NULL, calendar = NULL, reason = \(reason), ended = \(now),
          holder = NULL, lease = NULL
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
