import Almanac
import Postgres
import Time
import Wire

extension CalendarStore {
  private static let source = "google"

  func syncToken(of owner: UUIDValue) async throws(PostgresError) -> String? {
    let rows = try await database.query("SELECT sync_token FROM calendar.linked WHERE owner = \(owner)")
    return try rows.first?.get(0, as: String?.self) ?? nil
  }

  /// Takes a list into the calendar, all or nothing; a whole list replaces what was there. Answers how many entries it
  /// holds. What was put into the linked calendar by us is no news.
  func take(
    _ items: [GoogleItem],
    of owner: Caller,
    sync: String?,
    isWhole: Bool,
    at now: Timestamp
  ) async throws -> Int {
    try await change { transaction in
      if isWhole {
        try await transaction.query(
          "DELETE FROM calendar.imported WHERE owner = \(owner.id) AND source = \(CalendarStore.source)"
        )
      }
      let ours = try await self.ours(items, transaction)
      var taken = 0
      for case .event(let event) in items where !ours.contains(event.id) {
        try await self.upsert(event, of: owner, transaction, at: now)
        taken += 1
      }
      for case .deleted(let id) in items {
        try await transaction.query(
          "DELETE FROM calendar.imported WHERE owner = \(owner.id) AND source = \(CalendarStore.source) AND uid = \(id)"
        )
      }
      for case .skipped(let series, let start) in items {
        let moment = Timestamp(unix: start)
        try await transaction.query(
          """
          UPDATE calendar.imported SET skipped = array_append(skipped, \(moment))
          WHERE owner = \(owner.id) AND source = \(CalendarStore.source) AND uid = \(series)
            AND NOT \(moment) = ANY(skipped)
          """
        )
      }
      try await transaction.query(
        """
        INSERT INTO calendar.linked (owner, sync_token, synced) VALUES (\(owner.id), \(sync), \(now))
        ON CONFLICT (owner) DO UPDATE SET sync_token = excluded.sync_token, synced = excluded.synced
        """
      )
      return taken
    }
  }

  private func ours(_ items: [GoogleItem], _ transaction: Transaction) async throws -> Set<String> {
    let ids = items.compactMap { item -> UUIDValue? in
      guard case .event(let event) = item, event.id.utf8.count == 32 else { return nil }
      return UUIDValue(event: event.id)
    }
    guard !ids.isEmpty else { return [] }
    let rows = try await transaction.query("SELECT id FROM calendar.event WHERE id = ANY(\(ids))")
    return Set(try rows.map { try $0.get(0, as: UUIDValue.self).hex })
  }

  private func upsert(
    _ event: GoogleEvent,
    of owner: Caller,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    try await transaction.query(
      """
      INSERT INTO calendar.imported AS held
        (owner, source, uid, summary, description, location, color, creator_email, attendees, zone, all_day, starts, ends,
          rule, skipped, busy, created, updated)
      VALUES (\(owner.id), \(CalendarStore.source), \(event.id), \(event.summary), \(event.description),
        \(event.location), \(event.color), \(event.creator), \(event.attendees), \(event.zone), \(event.allDay),
        \(Timestamp(unix: event.start)), \(Timestamp(unix: event.end)), \(event.rule),
        \(event.skipped.map { Timestamp(unix: $0) }), \(event.busy),
        \(event.created.map { Timestamp(unix: $0) } ?? now), \(event.updated.map { Timestamp(unix: $0) } ?? now))
      ON CONFLICT (owner, source, uid) DO UPDATE SET
        summary = excluded.summary, description = excluded.description, location = excluded.location,
        color = excluded.color, creator_email = excluded.creator_email, attendees = excluded.attendees,
        zone = excluded.zone, all_day = excluded.all_day, starts = excluded.starts, ends = excluded.ends,
        rule = excluded.rule, busy = excluded.busy, updated = excluded.updated,
        skipped = ARRAY(SELECT DISTINCT unnest(held.skipped || excluded.skipped))
      """
    )
  }
}
