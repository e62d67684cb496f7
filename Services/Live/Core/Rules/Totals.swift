import JSON
import Time
import Wire

/// Clicks and events.
struct Tally: Equatable, Sendable {
  var clicks = 0
  var events = 0

  var isZero: Bool { clicks == 0 && events == 0 }

  static func + (left: Tally, right: Tally) -> Tally {
    Tally(clicks: left.clicks + right.clicks, events: left.events + right.events)
  }

  static func += (left: inout Tally, right: Tally) { left = left + right }
}

/// The six counters, as of one hour.
struct Totals: Equatable, Sendable {
  var total = Tally()
  var today = Tally()
  var hour = Tally()
  /// The start of the hour they were read in, and the day it belongs to.
  var since = Timestamp(microseconds: 0)
  var day = Day.none

  /// Whether the hour or the day that they are of has ended, or has not begun.
  func isOver(at moment: Timestamp) -> Bool { since != moment.hourStart || !day.contains(moment) }

  mutating func add(_ tally: Tally) {
    total += tally
    today += tally
    hour += tally
  }

  /// Goes on in another hour without a look into the database.
  mutating func turn(to hour: Timestamp, _ day: Day) {
    self.hour = Tally()
    if day != self.day { today = Tally() }
    since = hour
    self.day = day
  }

  var json: RawJSON {
    .object { writer in
      writer.member("click_count_total", total.clicks)
      writer.member("click_count_today", today.clicks)
      writer.member("click_count_hour", hour.clicks)
      writer.member("event_count_total", total.events)
      writer.member("event_count_today", today.events)
      writer.member("event_count_hour", hour.events)
    }
  }
}

/// A day of the operator's time zone, and where the week that ends with it begins.
struct Day: Equatable, Sendable {
  var start: Timestamp
  var end: Timestamp
  var weekStart: Timestamp

  static let none = Day(start: .init(microseconds: 0), end: .init(microseconds: 0), weekStart: .init(microseconds: 0))

  func contains(_ moment: Timestamp) -> Bool { start <= moment && moment < end }
}

/// A moment by both clocks: the wall's, which dates what is stored and which may be set, and the steady one, by which
/// limits and leases run.
struct Moment: Sendable {
  let wall: Timestamp
  let steady: Instant
}

extension Timestamp {
  private static let hour: Int64 = 3_600_000_000

  /// The start of the hour of UTC that the moment lies in.
  var hourStart: Timestamp {
    let rest = microseconds % Timestamp.hour
    return Timestamp(microseconds: microseconds - (rest < 0 ? rest + Timestamp.hour : rest))
  }

  var nextHour: Timestamp { hourStart + .microseconds(Timestamp.hour) }

  /// Whole seconds since 1970, as clients get them.
  var wholeSeconds: Int { Int(milliseconds / 1000) }
}
