import Almanac
import ICalendar

/// One time at which an entry takes place, in Unix seconds.
struct Occurrence: Sendable, Equatable {
  var start: Int
  var end: Int
}

extension EntrySeries {
  /// More of one entry are never shown or looked at: a year has 366 days.
  static let most = 1000

  /// The rule as calendars write it.
  var rule: String {
    let names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
    let days = (0..<7).filter { weekdays & 1 << $0 != 0 }.map { names[$0] }
    return "FREQ=WEEKLY;BYDAY=\(days.joined(separator: ","))"
  }

  /// The times that overlap the range, in order.
  func occurrences(in zone: Zone, within range: Range<Int>) -> [Occurrence] {
    guard let recurrence = try? Recurrence(rule) else { return [] }
    // Old series need not be followed from their first day: a week before the range has any that reaches into it.
    let earliest = zone.time(at: range.lowerBound).date + -8
    let from = CivilTime(max(first, earliest), second: fromClock)
    var found: [Occurrence] = []
    recurrence.forEach(from: from, in: zone) { time in
      let start = zone.moment(of: time)
      guard start <= until, start < range.upperBound, found.count < EntrySeries.most else { return false }
      let end = zone.moment(of: CivilTime(toClock <= fromClock ? time.date + 1 : time.date, second: toClock))
      if start < end, end > range.lowerBound { found.append(Occurrence(start: start, end: end)) }
      return true
    }
    return found
  }
}

extension EntrySpan {
  func occurrences(in zone: Zone, within range: Range<Int>) -> [Occurrence] {
    switch self {
    case .weekly(let series): series.occurrences(in: zone, within: range)
    case .single(let start, let end):
      start < range.upperBound && end > range.lowerBound ? [Occurrence(start: start, end: end)] : []
    }
  }
}
