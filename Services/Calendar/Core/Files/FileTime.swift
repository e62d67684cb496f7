import Almanac
import ICalendar
import Wire

/// A time of a calendar file: a moment, with the wall clock and zone that a series is followed on.
struct FileTime: Sendable, Equatable {
  let moment: Int
  let clock: CivilTime
  let zoneName: String
  let isDay: Bool

  /// Nil for what is no time between 1970 and 2199.
  init?(_ text: String, isDay: Bool, in zone: Zone) {
    let place = text.hasSuffix("Z") ? Zone.utc : zone
    guard let moment = ICalendarTime.moment(text, in: place), (0..<7_258_118_400).contains(moment) else { return nil }
    self.moment = moment
    clock = place.time(at: moment)
    zoneName = place.name
    self.isDay = isDay || text.utf8.count == 8
  }
}

/// The zones of one file by the names it gives them.
struct FileZones: Sendable {
  private let locations: [String: String?]
  /// Whose clocks count where the file names no zone.
  private let home: Zone

  init(_ file: CalendarFile, home: Zone) {
    locations = file.zones
    self.home = home
  }

  /// Refused as `invalid` with the name where nobody can be sure which zone is meant: an hour's error in each event of a
  /// season would be worse than no import.
  func zone(of property: CalendarFile.Property) throws(Failure) -> Zone {
    guard let name = property.parameters["TZID"] else { return home }
    guard let zone = ZoneNames.zone(name, location: locations[name] ?? nil) else {
      throw .invalid("time zone '\(name.prefix(80))'")
    }
    return zone
  }

  /// All times of a property, which may be a list; periods count by their start.
  func times(_ property: CalendarFile.Property) throws(Failure) -> [FileTime]? {
    let zone = try zone(of: property)
    let isDay = property.parameters["VALUE"]?.uppercased() == "DATE"
    var times: [FileTime] = []
    for part in property.value.split(separator: ",") {
      guard let time = FileTime(String(part.prefix { $0 != "/" }), isDay: isDay, in: zone) else { return nil }
      times.append(time)
    }
    return times.isEmpty ? nil : times
  }
}
