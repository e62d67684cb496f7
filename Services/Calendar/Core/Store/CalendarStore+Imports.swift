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
      let events = items.compactMap { item in if case .event(let event) = item { event } else { nil } }
        .filter { !ours.contains($0.id) }
      for batch in events.merged(by: \.id, { $0.take($1) }).batches(of: CalendarStore.batch) {
        try await self.upsert(batch, of: owner, transaction, at: now)
      }
      try await self.remove(items, of: owner, transaction)
      try await transaction.query(
        """
        INSERT INTO calendar.linked (owner, sync_token, synced) VALUES (\(owner.id), \(sync), \(now))
        ON CONFLICT (owner) DO UPDATE SET sync_token = excluded.sync_token, synced = excluded.synced
        """
      )
      return events.count
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

  private func remove(_ items: [GoogleItem], of owner: Caller, _ transaction: Transaction) async throws {
    let deleted = items.compactMap { item in if case .deleted(let id) = item { id } else { nil } }
    if !deleted.isEmpty {
      try await transaction.query(
        """
        DELETE FROM calendar.imported
        WHERE owner = \(owner.id) AND source = \(CalendarStore.source) AND uid = ANY(\(deleted))
        """
      )
    }
    let skipped = items.compactMap { item in
      if case .skipped(let series, let start) = item { SkippedTimes(series: series, moments: [start]) } else { nil }
    }
    try await skip(
      skipped.merged(by: \.series) { $0.moments += $1.moments },
      of: owner.id,
      source: CalendarStore.source,
      where: "held.uid = given.series",
      transaction
    )
  }

  private func upsert(
    _ events: ArraySlice<GoogleEvent>,
    of owner: Caller,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    let attendees = ListColumn(events.map(\.attendees))
    let skipped = ListColumn(events.map { $0.skipped.map { Timestamp(unix: $0) } })
    try await transaction.query(
      """
      INSERT INTO calendar.imported AS held
        (owner, source, uid, summary, description, location, color, creator_email, attendees, zone, all_day, starts, ends,
          rule, skipped, busy, created, updated)
      SELECT \(owner.id), \(CalendarStore.source), uid, summary, description, location, color, creator,
        (\(attendees.flat))[first_attendee : last_attendee], zone, all_day, starts, ends, rule,
        (\(skipped.flat))[first_skipped : last_skipped], busy, created, updated
      FROM unnest(\(events.map(\.id)), \(events.map(\.summary)), \(events.map(\.description)),
        \(events.map(\.location)), \(events.map(\.color)), \(events.map(\.creator)), \(attendees.first),
        \(attendees.last), \(events.map(\.zone)), \(events.map(\.allDay)),
        \(events.map { Timestamp(unix: $0.start) }), \(events.map { Timestamp(unix: $0.end) }), \(events.map(\.rule)),
        \(skipped.first), \(skipped.last), \(events.map(\.busy)),
        \(events.map { $0.created.map { Timestamp(unix: $0) } ?? now }),
        \(events.map { $0.updated.map { Timestamp(unix: $0) } ?? now }))
        AS given (uid, summary, description, location, color, creator, first_attendee, last_attendee, zone, all_day,
          starts, ends, rule, first_skipped, last_skipped, busy, created, updated)
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
