import JSON

/// Days of the week as clients write them, 0 for Sunday to 6 (jarvis.md 3.2), and as they are kept: one bit each.
enum Weekdays {
  /// Nil for an empty list, for more than seven, and for what is no day.
  static func bits(_ days: [JSONValue]) -> Int? {
    guard !days.isEmpty, days.count <= 7 else { return nil }
    var bits = 0
    for day in days {
      guard let number = day.number?.int ?? day.string.flatMap({ Int($0) }), (0...6).contains(number) else {
        return nil
      }
      bits |= 1 << number
    }
    return bits
  }
}

extension JSONWriter {
  mutating func weekdays(_ name: StaticString, _ bits: Int) {
    self.name(name)
    beginArray()
    for day in 0..<7 where bits & 1 << day != 0 { int(day) }
    endArray()
  }
}
