import Outbox
import Postgres
import Time
import Wire

// Mails to people without an account.
extension CalendarStore {
  /// Leaves mails for those of the guests whom no account is known of. Of one creator only so many go out in a day:
  /// nobody shall fill strangers' mailboxes by us.
  func invite(
    _ guests: [String],
    to event: EventRecord,
    _ occasion: Invitations.Occasion,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    guard let invitations, !guests.isEmpty else { return }
    let rows = try await transaction.query(
      """
      SELECT email FROM unnest(\(guests)) AS asked (email)
      WHERE NOT EXISTS (SELECT FROM calendar.person p WHERE p.email = asked.email) ORDER BY email
      """
    )
    let strangers = try rows.map { try $0.get(0, as: String.self) }
    guard !strangers.isEmpty else { return }
    let left = try await allowance(of: event.creator, strangers.count, transaction, at: now)
    for email in strangers.prefix(left) {
      let mail = invitations.mail(occasion, event, to: email)
      try await notices.leave(mail, key: "invitation:\(UUIDValue.random())", in: transaction)
    }
  }

  /// How many of these mails may go out; all of them count.
  private func allowance(
    of creator: UUIDValue,
    _ count: Int,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> Int {
    let day = now.unix / 86_400
    let rows = try await transaction.query(
      """
      INSERT INTO calendar.invited AS i (creator, day, mails) VALUES (\(creator), \(day), \(count))
      ON CONFLICT (creator) DO UPDATE
      SET day = excluded.day, mails = excluded.mails + CASE WHEN i.day = excluded.day THEN i.mails ELSE 0 END
      RETURNING mails
      """
    )
    let mails: Int = try rows[0].get(0)
    return max(0, Invitations.mostPerDay - (mails - count))
  }

  /// Stores what a guest of a real event says; nil when it is over, off, or they are asked no longer.
  func answer(
    _ id: UUIDValue,
    by email: String,
    comes: Bool,
    at now: Timestamp
  ) async throws -> EventRecord? {
    try await change { transaction in
      let open = try await transaction.query(
        """
        UPDATE calendar.event SET revision = revision + 1, updated = \(now)
        WHERE id = \(id) AND state = 'confirmed' AND ends > \(now)
          AND EXISTS (SELECT FROM calendar.guest WHERE event = \(id) AND email = \(email))
        """
      )
      guard open.affected == 1 else { return nil }
      try await transaction.query(
        """
        UPDATE calendar.guest SET answered = \(now), declined = \(!comes), attends = \(comes)
        WHERE event = \(id) AND email = \(email)
        """
      )
      let event = try await self.event(id, transaction)
      try await self.postRoom(event, transaction)
      try await self.planReminders(of: .event(id), transaction, at: now)
      try await self.postExports(event, transaction, at: now)
      return event
    }
  }
}
