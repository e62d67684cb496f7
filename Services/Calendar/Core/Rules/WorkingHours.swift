import Almanac
import Finder
import JSON
import Wire

/// The hours of the week in which somebody can be met, on the wall clocks of their zone. None means any hour.
struct WorkingHours: Sendable, Equatable {
  /// Four stretches for each day of a week.
  static let mostBlocks = 28

  struct Block: Sendable, Equatable {
    /// One bit per weekday, Sunday the lowest.
    var weekdays: Int
    /// Seconds after midnight; an end at or below the start is on the next day.
    var from: Int
    var to: Int
  }

  var blocks: [Block] = []

  /// What of a range, in Unix seconds, lies outside of the hours, as whole minutes in order; nothing where there are none.
  func off(in zone: Zone, within range: Range<Int>) -> [Span] {
    guard !blocks.isEmpty, !range.isEmpty else { return [] }
    var off: [Span] = []
    var reached = range.lowerBound / 60
    let end = (range.upperBound + 59) / 60
    for span in on(in: zone, within: range) where span.start < end {
      if span.start > reached { off.append(Span(reached, span.start)) }
      reached = max(reached, span.end)
    }
    if reached < end { off.append(Span(reached, end)) }
    return off
  }

  private func on(in zone: Zone, within range: Range<Int>) -> [Span] {
    // The hours of the day before may reach over midnight.
    let (first, last) = (zone.time(at: range.lowerBound).date.day - 1, zone.time(at: range.upperBound).date.day)
    var on: [Span] = []
    for date in (first...last).map({ CivilDate(day: $0) }) {
      for block in blocks where block.weekdays & 1 << date.weekday != 0 {
        let start = zone.moment(of: CivilTime(date, second: block.from))
        let end = zone.moment(of: CivilTime(block.to <= block.from ? date + 1 : date, second: block.to))
        if start < end { on.append(Span((start + 59) / 60, end / 60)) }
      }
    }
    return on.sorted { $0.start < $1.start }
  }
}

extension WorkingHours {
  /// Reads a list of `{"days":[1,2],"from":"9:00","to":"17:00"}`; null is none.
  init(_ fields: LooseFields, _ name: String) throws(Failure) {
    guard fields.has(name) else { return }
    guard let values = fields.object[name]?.array, values.count <= WorkingHours.mostBlocks else { throw .invalid(name) }
    for value in values {
      guard let object = value.object, let block = Block(object) else { throw .invalid(name) }
      blocks.append(block)
    }
  }

  func write(into writer: inout JSONWriter) {
    writer.beginArray()
    for block in blocks {
      writer.beginObject()
      writer.weekdays("days", block.weekdays)
      writer.member("from", block.from.clock)
      writer.member("to", block.to.clock)
      writer.endObject()
    }
    writer.endArray()
  }
}

extension WorkingHours.Block {
  fileprivate init?(_ object: JSONObject) {
    guard let days = object["days"]?.array, let weekdays = Weekdays.bits(days),
      let from = object["from"]?.string.flatMap({ ClientTime.clock($0.trimmed) }),
      let to = object["to"]?.string.flatMap({ ClientTime.clock($0.trimmed) })
    else { return nil }
    self.init(weekdays: weekdays, from: from, to: to)
  }
}
