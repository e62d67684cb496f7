import Almanac
import ICalendar
import Wire

/// One VEVENT with its times understood.
struct FileComponent {
  let uid: String
  let properties: [CalendarFile.Property]
  let start: FileTime
  let end: FileTime
  /// Which time of a series it stands for.
  let replaced: FileTime?
  let isCancelled: Bool

  /// Nil where it makes no sense, with the reason in `fault`.
  init?(
    _ properties: [CalendarFile.Property],
    _ zones: FileZones,
    fault: inout FileImport.Reason
  ) throws(Failure) {
    func property(_ name: String) -> CalendarFile.Property? { properties.first { $0.name == name } }
    fault = .noUID
    guard let uid = property("UID")?.value, (1...1000).contains(uid.utf8.count) else { return nil }
    self.uid = uid
    self.properties = properties
    isCancelled = property("STATUS")?.value == "CANCELLED"
    fault = .badTime
    // libical leaves out what it cannot read, and says so.
    for complaint in properties where complaint.name == "X-LIC-ERROR" {
      if ["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"].contains(where: { complaint.value.contains($0) }) {
        return nil
      }
    }
    if let given = property("RECURRENCE-ID") {
      fault = .range
      guard given.parameters["RANGE"] == nil else { return nil }
      fault = .badTime
      guard let time = try zones.times(given)?.first else { return nil }
      replaced = time
    } else {
      replaced = nil
    }
    guard let from = property("DTSTART"), let start = try zones.times(from)?.first else { return nil }
    self.start = start
    guard let end = try FileComponent.end(property("DTEND"), property("DURATION"), start, zones.zone(of: from), zones),
      start.moment < end.moment, end.moment - start.moment <= FileComponent.longest
    else { return nil }
    self.end = end
  }

  private static let longest = 366 * 86_400

  private static func end(
    _ given: CalendarFile.Property?,
    _ duration: CalendarFile.Property?,
    _ start: FileTime,
    _ zone: Zone,
    _ zones: FileZones
  ) throws(Failure) -> FileTime? {
    if let given { return try zones.times(given)?.first }
    let place = start.zoneName == Zone.utc.name ? Zone.utc : zone
    guard let duration else {
      // A day without an end is that day; a moment without one takes no time.
      return start.isDay ? start.moved(by: ICalendarSpan(days: 1, seconds: 0), in: place) : nil
    }
    return ICalendarSpan(duration.value).flatMap { start.moved(by: $0, in: place) }
  }

  func texts(_ name: String, atMost limit: Int) -> String {
    guard let text = properties.first(where: { $0.name == name })?.value else { return "" }
    return String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(limit)))
  }

  /// Who has declined, or marked it as transparent, is free.
  func isBusy(for email: String?) -> Bool {
    for property in properties {
      if property.name == "TRANSP", property.value == "TRANSPARENT" { return false }
      guard property.name == "ATTENDEE", property.parameters["PARTSTAT"] == "DECLINED", let email else { continue }
      if property.value.lowercased() == "mailto:\(email)" { return false }
    }
    return true
  }
}

extension FileTime {
  fileprivate func moved(by span: ICalendarSpan, in zone: Zone) -> FileTime? {
    let day = zone.moment(of: CivilTime(clock.date + span.days, second: clock.second))
    return FileTime(ICalendarTime.text(day + span.seconds), isDay: isDay, in: zone)
  }
}
