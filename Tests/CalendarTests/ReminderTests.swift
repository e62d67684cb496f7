import Almanac
import Postgres
import Testing
import Wire

@testable import CalendarCore

@Suite struct ReminderTests {
  private let zone: Zone
  /// 2030-03-04 09:00 in Los Angeles, a Monday.
  private let now = 1_898_874_000
  private let id = UUIDValue(high: 1, low: 2)

  init() throws { zone = try #require(Zone(named: "America/Los_Angeles")) }

  private func entry(_ span: EntrySpan) -> EntryRecord {
    EntryRecord(id: id, owner: id, name: "Class", description: "", zoneName: zone.name, weight: 0, span: span)
  }

  private func weekly(_ weekdays: Int, at clock: Int, until: Int = .max) -> EntryRecord {
    let first = CivilDate(day: now / 86_400 - 30)
    return entry(
      .weekly(EntrySeries(weekdays: weekdays, fromClock: clock, toClock: clock + 3600, first: first, until: until))
    )
  }

  @Test func `of a series the next time is planned whose moment is still to come`() {
    let mondays = weekly(0b10, at: 10 * 3600)
    #expect(Reminder(of: mondays, minutes: 30, after: now)?.starts == now + 3600)
    // At half past nine exactly it has been.
    #expect(Reminder(of: mondays, minutes: 30, after: now + 1800)?.starts == now + 3600 + 7 * 86_400 - 3600)
    #expect(Reminder(of: mondays, minutes: 30, after: now + 1799)?.starts == now + 3600)
    #expect(Reminder(of: mondays, minutes: 10_079, after: now)?.starts == now + 7 * 86_400)
    #expect(Reminder(of: weekly(0b10, at: 10 * 3600, until: now), minutes: 30, after: now) == nil)
  }

  @Test func `a single entry is reminded of once`() {
    let single = entry(.single(start: now + 3600, end: now + 7200))
    #expect(Reminder(of: single, minutes: 30, after: now)?.due == now + 1800)
    #expect(Reminder(of: single, minutes: 60, after: now) == nil)
  }

  @Test func `a reminder rings at its minute and never late`() throws {
    let reminder = try #require(Reminder(of: weekly(0b10, at: 10 * 3600), minutes: 30, after: now))
    let notice = try #require(reminder.notice)
    #expect(notice.notBefore == Double(now + 1800))
    #expect(notice.expires == Double(now + 3660))
    #expect(notice.body == "Class: 2030-03-04 10:00")
    #expect(notice.data["type"] == "reminder")
  }
}
