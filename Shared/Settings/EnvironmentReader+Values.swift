extension EnvironmentReader {
  public mutating func text(_ name: String, default fallback: String, _ meaning: String) -> String {
    raw(name, default: fallback, meaning) ?? fallback
  }

  /// Nil when unset or empty.
  public mutating func text(_ name: String, _ meaning: String) -> String? {
    raw(name, default: "", meaning)
  }

  public mutating func int(
    _ name: String,
    default fallback: Int,
    in range: ClosedRange<Int>,
    _ meaning: String
  ) -> Int {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return parsed(name, default: fallback, shown: "\(fallback)", expected: expected, meaning) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  public mutating func number(
    _ name: String,
    default fallback: Double,
    in range: ClosedRange<Double>,
    _ meaning: String
  ) -> Double {
    let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
    return parsed(name, default: fallback, shown: "\(fallback)", expected: expected, meaning) { text in
      Double(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// `1`, `on`, `true`, `yes` or `0`, `off`, `false`, `no`.
  public mutating func flag(_ name: String, default fallback: Bool, _ meaning: String) -> Bool {
    parsed(name, default: fallback, shown: fallback ? "on" : "off", expected: "on or off (or 1 or 0)", meaning) {
      text in
      switch text.lowercased() {
      case "1", "on", "true", "yes": true
      case "0", "off", "false", "no": false
      default: nil
      }
    }
  }

  /// One of an enum's words.
  public mutating func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String,
    default fallback: Value,
    _ meaning: String
  ) -> Value {
    let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return parsed(name, default: fallback, shown: fallback.rawValue, expected: "one of \(words)", meaning) {
      Value(rawValue: $0)
    }
  }

  /// A number with its unit, `250ms`, `10s`, `5m`, `2h` or `1d`; a bare number counts seconds.
  public mutating func duration(
    _ name: String,
    default fallback: Duration,
    in range: ClosedRange<Duration>,
    _ meaning: String
  ) -> Duration {
    let expected =
      "a time from \(range.lowerBound.setting) to \(range.upperBound.setting), such as 250ms, 10s, 5m or 2h"
    return parsed(name, default: fallback, shown: fallback.setting, expected: expected, meaning) { text in
      Duration(setting: text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// Parts between commas, blanks around them cut, empty ones left out.
  public mutating func list(_ name: String, default fallback: [String], _ meaning: String) -> [String] {
    raw(name, default: fallback.joined(separator: ","), meaning)?.settingParts ?? fallback
  }
}

extension String {
  var settingParts: [String] {
    split(separator: ",").map { $0.drop(while: \.isWhitespace).trimmedEnd }.filter { !$0.isEmpty }
  }
}

extension Substring {
  fileprivate var trimmedEnd: String {
    var rest = self
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}

extension Duration {
  private static let units: [(suffix: String, milliseconds: Double)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  init?(setting text: String) {
    let unit = Duration.units.first { text.hasSuffix($0.suffix) }
    guard let value = Double(text.dropLast(unit?.suffix.utf8.count ?? 0)), value >= 0, value < 1e9 else { return nil }
    self = .milliseconds(Int64((value * (unit?.milliseconds ?? 1000)).rounded()))
  }

  /// The shortest text that reads back as the same time, such as `90s` or `2h`.
  var setting: String {
    let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    for unit in Duration.units.reversed() where milliseconds % Int64(unit.milliseconds) == 0 && milliseconds > 0 {
      return "\(milliseconds / Int64(unit.milliseconds))\(unit.suffix)"
    }
    return "0s"
  }
}
