import Postgres
import Time
import Wire

// What people have chosen for themselves.
extension CalendarStore {
  private static let settingColumns = "hour_days, hour_starts, hour_ends, reminders, entry_reminders"

  func settings(of person: UUIDValue) async throws(PostgresError) -> PersonalSettings {
    let rows = try await database.query(
      "SELECT \(unescaped: CalendarStore.settingColumns) FROM calendar.setting WHERE person = \(person)"
    )
    return try rows.first.map { row throws(PostgresError) in try PersonalSettings(row) } ?? PersonalSettings()
  }

  /// Changes what is there, one change after another, and plans the reminders anew.
  func changeSettings(
    of person: UUIDValue,
    at now: Timestamp,
    _ body: (inout PersonalSettings) throws(Failure) -> Void
  ) async throws -> PersonalSettings {
    try await change { transaction in
      try await transaction.query("INSERT INTO calendar.setting (person) VALUES (\(person)) ON CONFLICT DO NOTHING")
      let rows = try await transaction.query(
        "SELECT \(unescaped: CalendarStore.settingColumns) FROM calendar.setting WHERE person = \(person) FOR UPDATE"
      )
      var settings = try rows.first.map { try PersonalSettings($0) } ?? PersonalSettings()
      try body(&settings)
      let blocks = settings.hours.blocks
      try await transaction.query(
        """
        UPDATE calendar.setting SET hour_days = \(blocks.map(\.weekdays)), hour_starts = \(blocks.map(\.from)),
          hour_ends = \(blocks.map(\.to)), reminders = \(settings.reminders),
          entry_reminders = \(settings.entryReminders)
        WHERE person = \(person)
        """
      )
      try await self.planReminders(of: .person(person), transaction, at: now)
      try await self.planEntryReminders(of: person, settings.entryReminders, transaction, at: now)
      return settings
    }
  }
}

extension PersonalSettings {
  fileprivate init(_ row: Row) throws(PostgresError) {
    hours = try WorkingHours(days: row.get(0), starts: row.get(1), ends: row.get(2))
    reminders = try row.get(3)
    entryReminders = try row.get(4)
  }
}

extension WorkingHours {
  /// From the three lists of a row, which are of one length.
  init(days: [Int], starts: [Int], ends: [Int]) {
    blocks = zip(days, zip(starts, ends)).map { Block(weekdays: $0, from: $1.0, to: $1.1) }
  }
}
