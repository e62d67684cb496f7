/// A day of the Gregorian calendar, of no zone.
public struct CivilDate: Sendable, Hashable, Comparable {
  /// Days since 1970-01-01.
  public let day: Int

  public init(day: Int) { self.day = day }

  /// Nil for a day that no calendar has, and outside the years 1 to 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    self.day = CivilDate.days(year, month, day)
    guard self.year == year, self.month == month else { return nil }
  }

  /// Days since 1970: years start in March here, so that the day a leap year adds comes last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private var parts: (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  public var year: Int { parts.year }
  public var month: Int { parts.month }
  public var dayOfMonth: Int { parts.day }
  /// 0 is Sunday.
  public var weekday: Int { ((day + 4) % 7 + 7) % 7 }

  public static func < (left: CivilDate, right: CivilDate) -> Bool { left.day < right.day }
  public static func + (date: CivilDate, days: Int) -> CivilDate { CivilDate(day: date.day + days) }
}

/// A wall clock's date and time to the second, of no zone.
public struct CivilTime: Sendable, Hashable, Comparable {
  public var date: CivilDate
  /// Since midnight, below 86,400.
  public var second: Int

  public init(_ date: CivilDate, second: Int = 0) {
    self.date = date
    self.second = second
  }

  /// Reads seconds since 1970 as if the clock stood at UTC.
  public init(utc seconds: Int) {
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    self.init(CivilDate(day: day), second: seconds - day * 86_400)
  }

  /// Seconds since 1970 as if the clock stood at UTC.
  public var utc: Int { date.day * 86_400 + second }

  public static func < (left: CivilTime, right: CivilTime) -> Bool { left.utc < right.utc }
}

extension CivilDate: CustomStringConvertible {
  /// `2030-03-05`.
  public var description: String { "\(padded(year, 4))-\(padded(month))-\(padded(dayOfMonth))" }
}

extension CivilTime: CustomStringConvertible {
  /// `2030-03-05T11:00:00`.
  public var description: String { "\(date)T\(clock):\(padded(second % 60))" }
  /// `11:00`.
  public var clock: String { "\(padded(second / 3600)):\(padded(second / 60 % 60))" }
}

func padded(_ number: Int, _ digits: Int = 2) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
