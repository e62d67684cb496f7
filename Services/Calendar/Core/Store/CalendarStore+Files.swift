import Postgres
import Time
import Wire

// Own entries that came in calendar files. They are kept beside those of linked calendars, and apart from them.
extension CalendarStore {
  nonisolated static let fileSource = "file"
  /// Entries from files that one person may have, and how many of them may repeat.
  static let mostFileEntries = 2000
  static let mostFileSeries = 500

  /// Takes a file in, all or nothing: each UID replaces what it brought before. Refuses with `too_many`.
  func take(_ file: FileImport, of owner: Caller, at now: Timestamp) async throws {
    try await change { transaction in
      let whole = file.series.filter(\.isWhole).map(\.uid)
      try await transaction.query(
        """
        DELETE FROM calendar.imported
        WHERE owner = \(owner.id) AND source = \(CalendarStore.fileSource) AND series = ANY(\(whole))
        """
      )
      for series in file.series {
        if !series.isWhole { try await self.skip(series, of: owner.id, transaction) }
        for event in series.events { try await self.keep(event, of: owner, transaction, at: now) }
      }
      let counts = try await transaction.query(
        """
        SELECT count(*), count(rule) FROM calendar.imported
        WHERE owner = \(owner.id) AND source = \(CalendarStore.fileSource)
        """
      )[0]
      guard try counts.get(0, as: Int.self) <= CalendarStore.mostFileEntries,
        try counts.get(1, as: Int.self) <= CalendarStore.mostFileSeries
      else { throw Failure(.conflict, .tooMany) }
    }
  }

  private func skip(_ series: FileSeries, of owner: UUIDValue, _ transaction: Transaction) async throws {
    let moments = series.skipped.map { Timestamp(unix: $0) }
    try await transaction.query(
      """
      UPDATE calendar.imported SET skipped = ARRAY(SELECT DISTINCT unnest(skipped || \(moments)))
      WHERE owner = \(owner) AND source = \(CalendarStore.fileSource) AND series = \(series.uid) AND rule IS NOT NULL
      """
    )
  }

  private func keep(_ event: FileEvent, of owner: Caller, _ transaction: Transaction, at now: Timestamp) async throws {
    try await transaction.query(
      """
      INSERT INTO calendar.imported
        (owner, source, uid, series, summary, description, location, creator_email, zone, all_day, starts, ends, rule,
          skipped, busy, created, updated)
      VALUES (\(owner.id), \(CalendarStore.fileSource), \(event.uid), \(event.series), \(event.summary),
        \(event.description), \(event.location), \(owner.email ?? ""), \(event.zone), \(event.allDay),
        \(Timestamp(unix: event.start)), \(Timestamp(unix: event.end)), \(event.rule),
        \(event.skipped.map { Timestamp(unix: $0) }), \(event.busy), \(now), \(now))
      ON CONFLICT (owner, source, uid) DO UPDATE SET
        summary = excluded.summary, description = excluded.description, location = excluded.location,
        zone = excluded.zone, all_day = excluded.all_day, starts = excluded.starts, ends = excluded.ends,
        rule = excluded.rule, skipped = excluded.skipped, busy = excluded.busy, updated = excluded.updated
      """
    )
  }

  /// Removes an entry that came in a file, of a series all of it; false when the caller has no such entry.
  func removeFileEntry(_ id: UUIDValue, of owner: UUIDValue) async throws(PostgresError) -> Bool {
    let gone = try await database.query(
      """
      DELETE FROM calendar.imported AS i USING calendar.imported AS picked
      WHERE picked.id = \(id) AND picked.owner = \(owner) AND picked.source = \(CalendarStore.fileSource)
        AND i.owner = picked.owner AND i.source = picked.source
        AND (i.id = picked.id OR (picked.uid = picked.series AND i.series = picked.series))
      """
    )
    return gone.affected > 0
  }
}
