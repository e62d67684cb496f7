import Almanac
import Outbox
import Postgres
import Time
import Wire

/// Whose reminders are planned.
enum ReminderScope: Sendable {
  case event(UUIDValue)
  case person(UUIDValue)
}

// Reminders are planned with the change that makes them needed, and handed to delivery some minutes before they are due.
extension CalendarStore {
  /// Own entries of one person that are reminded of.
  private static let mostRemindedEntries = 500

  /// Makes the reminders of an event, or those before everything a person comes to, what they should be now. What
  /// delivery has already and nobody wants any more is taken back.
  func planReminders(of scope: ReminderScope, _ transaction: Transaction, at now: Timestamp) async throws {
    let (held, wanted, id) =
      switch scope {
      case .event(let id): ("subject", "event", id)
      case .person(let id): ("person", "person", id)
      }
    let gone = try await transaction.query(
      """
      DELETE FROM calendar.reminder AS r
      WHERE r.\(unescaped: held) = \(id) AND NOT r.is_entry AND r.due > \(now) AND NOT EXISTS (
        SELECT FROM calendar.wanted_reminder w
        WHERE w.event = r.subject AND w.person = r.person AND w.minutes = r.minutes AND w.starts = r.starts)
      RETURNING r.notice
      """
    )
    try await takeBack(gone, transaction)
    try await transaction.query(
      """
      INSERT INTO calendar.reminder (subject, person, minutes, starts, due)
      SELECT event, person, minutes, starts, due FROM calendar.wanted_reminder
      WHERE \(unescaped: wanted) = \(id) AND due > \(now)
      ON CONFLICT DO NOTHING
      """
    )
  }

  /// A notice that has not left yet goes from the outbox; one that has is cancelled there.
  private func takeBack(_ gone: Rows, _ transaction: Transaction) async throws {
    for row in gone {
      guard let notice = try row.get(0, as: UUIDValue?.self) else { continue }
      let key = Reminder.key(notice)
      try await transaction.query("DELETE FROM calendar.outbox WHERE key = \(key)")
      try await notices.leave(Delivery.CancelNotice(key), key: "cancel:\(key)", in: transaction)
    }
  }

  // MARK: - Own entries; of a series only the next time is planned

  /// As above, before a person's own entries.
  func planEntryReminders(
    of person: UUIDValue,
    _ minutes: [Int],
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    let gone = try await transaction.query(
      "DELETE FROM calendar.reminder WHERE person = \(person) AND is_entry AND due > \(now) RETURNING notice"
    )
    try await takeBack(gone, transaction)
    guard !minutes.isEmpty else { return }
    let rows = try await transaction.query(
      """
      SELECT \(unescaped: EntryRecord.columns) FROM calendar.entry n
      WHERE n.owner = \(person) AND n.weight = 0 AND (n.starts > \(now) OR n.until > \(now))
      ORDER BY n.starts LIMIT \(CalendarStore.mostRemindedEntries)
      """
    )
    try await plan(try rows.map { try EntryRecord($0) }, minutes, transaction, after: now)
  }

  func planReminders(
    ofEntry id: UUIDValue,
    of person: UUIDValue,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    let rows = try await transaction.query(
      """
      SELECT \(unescaped: EntryRecord.columns), coalesce(s.entry_reminders, '{}') FROM calendar.entry n
      LEFT JOIN calendar.setting s ON s.person = n.owner
      WHERE n.id = \(id) AND n.owner = \(person) AND n.weight = 0
      """
    )
    guard let row = rows.first else { return }
    try await plan([try EntryRecord(row)], try row.get(EntryRecord.width), transaction, after: now)
  }

  func dropReminders(ofEntry id: UUIDValue, _ transaction: Transaction, at now: Timestamp) async throws {
    let gone = try await transaction.query(
      "DELETE FROM calendar.reminder WHERE subject = \(id) AND due > \(now) RETURNING notice"
    )
    try await takeBack(gone, transaction)
  }

  private func plan(
    _ entries: [EntryRecord],
    _ minutes: [Int],
    _ transaction: Transaction,
    after now: Timestamp
  ) async throws {
    let next = entries.flatMap { entry in
      minutes.compactMap { Reminder(of: entry, minutes: $0, after: now.unix) }
    }
    guard !next.isEmpty else { return }
    try await transaction.query(
      """
      INSERT INTO calendar.reminder (subject, person, minutes, starts, due, is_entry)
      SELECT subject, person, minutes, starts, starts - minutes * interval '1 minute', true
      FROM unnest(\(next.map(\.subject)), \(next.map(\.person)), \(next.map(\.minutes)),
        \(next.map { Timestamp(unix: $0.starts) })) AS given (subject, person, minutes, starts)
      ON CONFLICT DO NOTHING
      """
    )
  }

  // MARK: - Handing over

  /// Whether there is anything to hand over; a look that costs next to nothing.
  func hasReminders(dueBefore moment: Timestamp) async throws(PostgresError) -> Bool {
    try await !database.query(
      "SELECT FROM calendar.reminder WHERE due <= \(moment) AND notice IS NULL LIMIT 1"
    ).isEmpty
  }

  /// Hands reminders that are due before a moment to delivery, the earliest first, and says how many there were.
  func handReminders(_ count: Int, dueBefore moment: Timestamp, at now: Timestamp) async throws -> Int {
    try await change { transaction in
      let rows = try await transaction.query(
        """
        SELECT r.subject, r.person, r.minutes, r.starts, r.is_entry, coalesce(e.name, n.name),
          coalesce(e.zone, n.zone, 'UTC')
        FROM calendar.reminder r
        LEFT JOIN calendar.event e ON NOT r.is_entry AND e.id = r.subject
        LEFT JOIN calendar.entry n ON r.is_entry AND n.id = r.subject
        WHERE r.due <= \(moment) AND r.notice IS NULL ORDER BY r.due LIMIT \(count) FOR UPDATE OF r SKIP LOCKED
        """
      )
      for row in rows { try await self.hand(try Reminder(row), transaction) }
      return rows.count
    }
  }

  private func hand(_ reminder: Reminder, _ transaction: Transaction) async throws {
    let id = UUIDValue.random()
    if let notice = reminder.notice { try await notices.leave(notice, key: Reminder.key(id), in: transaction) }
    let starts = Timestamp(unix: reminder.starts)
    try await transaction.query(
      """
      UPDATE calendar.reminder SET notice = \(id)
      WHERE subject = \(reminder.subject) AND person = \(reminder.person) AND minutes = \(reminder.minutes)
        AND starts = \(starts)
      """
    )
    guard reminder.isEntry else { return }
    // What comes after this one.
    try await planReminders(
      ofEntry: reminder.subject,
      of: reminder.person,
      transaction,
      at: Timestamp(unix: reminder.due)
    )
  }

  /// Forgets reminders of what began before a moment.
  func forgetReminders(before moment: Timestamp) async throws(PostgresError) {
    try await database.query("DELETE FROM calendar.reminder WHERE starts < \(moment)")
  }
}

extension Reminder {
  fileprivate init(_ row: Row) throws(PostgresError) {
    self.init(
      subject: try row.get(0),
      person: try row.get(1),
      minutes: try row.get(2),
      starts: try row.get(3, as: Timestamp.self).unix,
      isEntry: try row.get(4),
      name: try row.get(5, as: String?.self) ?? "",
      zone: Zone(named: try row.get(6)) ?? .utc
    )
  }
}
