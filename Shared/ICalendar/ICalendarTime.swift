public import Almanac

/// Times as iCalendar writes them: `20300305T110000Z`, `20300305T110000`, `20300305`.
public enum ICalendarTime {
  /// The moment that a text means, on the wall clock of the zone unless it says UTC; nil for anything else.
  public static func moment(_ text: String, in zone: Zone) -> Int? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard bytes[range].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      return bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    guard bytes.count >= 8, let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    if bytes.count == 8 { return zone.start(of: date) }
    guard bytes.count == 15 || bytes.count == 16, bytes[8] == UInt8(ascii: "T"), let hour = number(9..<11),
      let minute = number(11..<13), let second = number(13..<15), hour < 24, minute < 60, second <= 60
    else { return nil }
    let time = CivilTime(date, second: min(hour * 3600 + minute * 60 + second, 86_399))
    guard bytes.count == 16 else { return zone.moment(of: time) }
    return bytes[15] == UInt8(ascii: "Z") ? time.utc : nil
  }

  /// `20300305T110000Z`.
  public static func text(_ moment: Int) -> String {
    let digits = CivilTime(utc: moment).description.filter { $0 != "-" && $0 != ":" }
    return digits + "Z"
  }
}
