import Almanac
import JSON
import Time
import Wire

/// The many ways in which clients write a time (jarvis.md 2.3, E3).
enum ClientTime {
  /// The moment in Unix seconds that a member of a request stands for; nil for what is no time.
  ///
  /// Unix seconds, ISO 8601 with an offset, `YYYY-MM-DD HH:mm` on a wall clock of the zone, or the app's own
  /// `MM-dd, yyyy hh:mm`: that has a clock of twelve hours without AM or PM, so its 12:xx is noon and all other
  /// afternoons are lost.
  static func moment(_ value: JSONValue?, in zone: Zone) -> Int? {
    switch value {
    case .number(let number): number.double.flatMap(seconds)
    case .string(let text): moment(text.trimmed, in: zone)
    default: nil
    }
  }

  private static func moment(_ text: String, in zone: Zone) -> Int? {
    if let number = Double(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) {
      return seconds(number)
    }
    if let stamp = Timestamp(iso8601: text) ?? Timestamp(iso8601: internetForm(text)) {
      return seconds(stamp.seconds)
    }
    guard let time = wallTime(text) else { return nil }
    return zone.moment(of: time)
  }

  /// Within the years 1970 to 2199, the reach of the zone tables.
  private static func seconds(_ number: Double) -> Int? {
    (0..<7_258_118_400).contains(number) ? Int(number) : nil
  }

  /// `2030-03-05 10:00-0800` becomes `2030-03-05T10:00:00-08:00`, the form of RFC 3339: ISO 8601 leaves seconds, the
  /// offset's colon and its minutes to the writer, and many write a space for the `T`. Any other text stays as it is.
  private static func internetForm(_ text: String) -> String {
    let form = /(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(?:([Zz])|([+-]\d{2})(?::?(\d{2}))?)/
    guard let match = text.wholeMatch(of: form) else { return text }
    let offset = match.5.map { "\($0):\(match.6 ?? "00")" } ?? "Z"
    return "\(match.1)T\(match.2)\(match.3 ?? ":00")\(offset)"
  }

  private static func wallTime(_ text: String) -> CivilTime? {
    if let match = text.wholeMatch(of: /(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?/) {
      return time((match.1, match.2, match.3), hour: match.4, minute: match.5, second: match.6 ?? "0")
    }
    if let match = text.wholeMatch(of: /(\d{1,2})-(\d{1,2}), (\d{4}) (\d{1,2}):(\d{1,2})/) {
      return time((match.3, match.1, match.2), hour: match.4, minute: match.5, second: "0")
    }
    return nil
  }

  private static func time(
    _ date: (Substring, Substring, Substring),
    hour: Substring,
    minute: Substring,
    second: Substring
  ) -> CivilTime? {
    guard let year = Int(date.0), (1970..<2200).contains(year), let month = Int(date.1), let day = Int(date.2),
      let date = CivilDate(year: year, month: month, day: day),
      let hour = Int(hour), let minute = Int(minute), let second = Int(second), hour < 24, minute < 60, second < 60
    else { return nil }
    return CivilTime(date, second: hour * 3600 + minute * 60 + second)
  }

  /// `2030-3-8`, padded or not.
  static func date(_ text: String) -> CivilDate? {
    guard let match = text.wholeMatch(of: /(\d{4})-(\d{1,2})-(\d{1,2})/), let year = Int(match.1),
      (1970..<2200).contains(year), let month = Int(match.2), let day = Int(match.3)
    else { return nil }
    return CivilDate(year: year, month: month, day: day)
  }

  /// `9:00` in seconds after midnight.
  static func clock(_ text: String) -> Int? {
    guard let match = text.wholeMatch(of: /(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?/), let hour = Int(match.1),
      let minute = Int(match.2), let second = Int(match.3 ?? "0"), hour < 24, minute < 60, second < 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// `2:0` or `02:30` in minutes; also a plain number of minutes is refused, since nobody knows its unit.
  static func length(_ text: String) -> Int? {
    guard let match = text.wholeMatch(of: /(\d{1,2}):(\d{1,2})/), let hours = Int(match.1), let minutes = Int(match.2),
      minutes < 60
    else { return nil }
    return hours * 60 + minutes
  }
}

extension Zone {
  /// `2030-03-05 11:00`, the form that the app shows and sends back.
  func slotText(_ moment: Int) -> String {
    let time = time(at: moment)
    return "\(time.date) \(time.clock)"
  }
}

extension Timestamp {
  init(unix seconds: Int) { self.init(milliseconds: Int64(clamping: seconds) * 1000) }

  /// Whole Unix seconds, rounded towards the past.
  var unix: Int {
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return Int(remainder < 0 ? quotient - 1 : quotient)
  }
}
