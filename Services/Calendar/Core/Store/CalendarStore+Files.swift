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
    let events = file.events
    // Those alone would be too many; a megabyte can list tens of thousands.
    guard events.count <= CalendarStore.mostFileEntries else { throw Failure(.conflict, .tooMany) }
    try await change { transaction in
      let whole = file.series.filter(\.isWhole).map(\.uid)
      try await transaction.query(
        """
        DELETE FROM calendar.imported
        WHERE owner = \(owner.id) AND source = \(CalendarStore.fileSource) AND series = ANY(\(whole))
        """
      )
      try await self.skip(
        file.series.filter { !$0.isWhole }.map { SkippedTimes(series: $0.uid, moments: $0.skipped) },
        of: owner.id,
        source: CalendarStore.fileSource,
        where: "held.series = given.series AND held.rule IS NOT NULL",
        transaction
      )
      for batch in events.batches(of: CalendarStore.batch) {
        try await self.keep(batch, of: owner, transaction, at: now)
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

  private func keep(
    _ events: ArraySlice<FileEvent>,
    of owner: Caller,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    let skipped = ListColumn(events.map { $0.skipped.map { Timestamp(unix: $0) } })
    try await transaction.query(
      """
      INSERT INTO calendar.imported
        (owner, source, uid, series, summary, description, location, creator_email, zone, all_day, starts, ends, rule,
          skipped, busy, created, updated)
      SELECT \(owner.id), \(CalendarStore.fileSource), uid, series, summary, description, location,
        \(owner.email ?? ""), zone, all_day, starts, ends, rule, (\(skipped.flat))[first_skipped : last_skipped], busy,
        \(now), \(now)
      FROM unnest(\(events.map(\.uid)), \(events.map(\.series)), \(events.map(\.summary)),
        \(events.map(\.description)), \(events.map(\.location)), \(events.map(\.zone)), \(events.map(\.allDay)),
        \(events.map { Timestamp(unix: $0.start) }), \(events.map { Timestamp(unix: $0.end) }), \(events.map(\.rule)),
        \(skipped.first), \(skipped.last), \(events.map(\.busy)))
        AS given (uid, series, summary, description, location, zone, all_day, starts, ends, rule, first_skipped,
          last_skipped, busy)
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
