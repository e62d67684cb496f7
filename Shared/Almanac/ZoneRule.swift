/// How a zone goes on for ever, from the text POSIX has for it: `PST8PDT,M3.2.0,M11.1.0`, `<+03>-3`.
struct ZoneRule {
  private var standard = 0
  private var summer: (offset: Int, begins: Change, ends: Change)?

  private enum Day {
    /// The week'th such weekday of a month; 5 is the last.
    case weekday(month: Int, week: Int, weekday: Int)
    /// 1 to 365; 29 February is never counted.
    case julian(Int)
    /// 0 to 365.
    case ofYear(Int)
  }

  private struct Change {
    var day: Day
    /// Seconds of wall clock after midnight; may be negative, or days ahead.
    var time = 7200
  }

  init?(_ text: String) {
    var reader = RuleReader(text)
    guard reader.name(), let west = reader.time() else { return nil }
    standard = -west
    if reader.isAtEnd { return }
    guard reader.name() else { return nil }
    var offset = standard + 3600
    if !reader.sees(",") {
      guard let west = reader.time() else { return nil }
      offset = -west
    }
    guard reader.take(","), let begins = ZoneRule.change(&reader), reader.take(","),
      let ends = ZoneRule.change(&reader),
      reader.isAtEnd
    else { return nil }
    summer = (offset, begins, ends)
  }

  private static func change(_ reader: inout RuleReader) -> Change? {
    guard let day = day(&reader) else { return nil }
    guard reader.take("/") else { return Change(day: day) }
    return reader.time().map { Change(day: day, time: $0) }
  }

  private static func day(_ reader: inout RuleReader) -> Day? {
    if reader.take("M") {
      guard let month = reader.number(), reader.take("."), let week = reader.number(), reader.take("."),
        let weekday = reader.number(), (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
      else { return nil }
      return .weekday(month: month, week: week, weekday: weekday)
    }
    if reader.take("J") { return reader.number().map { .julian($0) } }
    return reader.number().map { .ofYear($0) }
  }

  /// The changes of a year in order, each with the offset after it.
  func changes(in year: Int) -> [(moment: Int, offset: Int)] {
    guard let summer else { return [(start(of: year, .ofYear(0)) - standard, standard)] }
    let begins = start(of: year, summer.begins.day) + summer.begins.time - standard
    let ends = start(of: year, summer.ends.day) + summer.ends.time - summer.offset
    return [(begins, summer.offset), (ends, standard)].sorted { $0.0 < $1.0 }
  }

  private func start(of year: Int, _ day: Day) -> Int {
    guard let first = CivilDate(year: year, month: 1, day: 1), let march = CivilDate(year: year, month: 3, day: 1)
    else {
      return 0
    }
    switch day {
    case .ofYear(let number): return (first + number).day * 86_400
    case .julian(let number):
      let leap = march.day - first.day == 60 && number >= 60 ? 1 : 0
      return (first + (number - 1 + leap)).day * 86_400
    case .weekday(let month, let week, let weekday):
      guard let monthStart = CivilDate(year: year, month: month, day: 1) else { return 0 }
      var date = monthStart + (weekday - monthStart.weekday + 7) % 7 + (week - 1) * 7
      while date.month != month { date = date + -7 }
      return date.day * 86_400
    }
  }
}

private struct RuleReader {
  private var text: Substring

  init(_ text: String) { self.text = text[...] }

  var isAtEnd: Bool { text.isEmpty }
  func sees(_ character: Character) -> Bool { text.first == character }

  mutating func take(_ character: Character) -> Bool {
    guard text.first == character else { return false }
    text = text.dropFirst()
    return true
  }

  /// Letters, or anything in angle brackets.
  mutating func name() -> Bool {
    if take("<") {
      text = text.drop { $0 != ">" }
      return take(">")
    }
    let rest = text.drop { $0.isLetter }
    defer { text = rest }
    return rest.startIndex != text.startIndex
  }

  mutating func number() -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    text = text.dropFirst(digits.count)
    return digits.count <= 4 ? Int(digits) : nil
  }

  /// `[+-]h[:m[:s]]` in seconds.
  mutating func time() -> Int? {
    let sign = take("-") ? -1 : 1
    _ = take("+")
    guard var seconds = number().map({ $0 * 3600 }) else { return nil }
    for unit in [60, 1] where take(":") {
      guard let part = number() else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }
}
