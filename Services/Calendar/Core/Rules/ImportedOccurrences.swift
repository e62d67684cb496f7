import Almanac
import ICalendar

extension ImportedRecord {
  /// The times that overlap the range, in order. A rule that cannot be followed counts as its first time only.
  func occurrences(within range: Range<Int>) -> [Occurrence] {
    let zone = zone
    let first = zone.time(at: start)
    let length = end - start
    let days = zone.time(at: end).date.day - first.date.day
    guard let rule, let recurrence = try? Recurrence(rule) else {
      return start < range.upperBound && end > range.lowerBound ? [Occurrence(start: start, end: end)] : []
    }
    var found: [Occurrence] = []
    let left = Set(skipped)
    recurrence.forEach(from: first, in: zone, wanted: range.lowerBound - length) { time in
      let start = zone.moment(of: time)
      guard start < range.upperBound, found.count < EntrySeries.most else { return false }
      // Whole days stay whole when clocks change.
      let end = allDay ? zone.moment(of: CivilTime(time.date + days, second: time.second)) : start + length
      if end > range.lowerBound, !left.contains(start) { found.append(Occurrence(start: start, end: end)) }
      return true
    }
    return found
  }
}
