import CIcal

/// A length of time as iCalendar writes it, such as `PT1H30M` or `P1D`: whole days go by the wall clock, the rest does not.
public struct ICalendarSpan: Sendable, Equatable {
  public let days: Int
  public let seconds: Int

  public init(days: Int, seconds: Int) {
    self.days = days
    self.seconds = seconds
  }

  /// Nil for what is no length, goes backwards, or is longer than a year.
  public init?(_ text: String) {
    Recurrence.prepare()
    guard text.utf8.count <= 32, !text.utf8.contains(0) else { return nil }
    let duration = icaldurationtype_from_string(text)
    let (days, seconds) = (
      Int(duration.days) + 7 * Int(duration.weeks),
      3600 * Int(duration.hours) + 60 * Int(duration.minutes) + Int(duration.seconds)
    )
    guard duration.is_neg == 0, days + seconds > 0, days <= 366, seconds <= 366 * 86_400 else { return nil }
    self.init(days: days, seconds: seconds)
  }
}
