import Almanac
import ICalendar
import JSON
import Time

/// One event of Google's list, as far as the calendar needs it.
enum GoogleItem: Sendable, Equatable {
  case event(GoogleEvent)
  /// It is gone.
  case deleted(String)
  /// One occurrence of a series is gone, or stands in the list as an event of its own.
  case skipped(series: String, start: Int)
}

struct GoogleEvent: Sendable, Equatable {
  var id = ""
  var summary = ""
  var description = ""
  var location = ""
  var color = ""
  var creator = ""
  var attendees: [String] = []
  var zone = ""
  var allDay = false
  var start = 0
  var end = 0
  var rule: String?
  var skipped: [Int] = []
  var busy = true
  var created: Int?
  var updated: Int?
}

extension GoogleEvent {
  /// Becomes what a list says of it later on. It stays as old as it was, and without the times that either leaves out.
  mutating func take(_ later: GoogleEvent) {
    let (created, skipped) = (created, skipped)
    self = later
    self.created = created
    self.skipped = skipped + later.skipped
  }
}

/// Reads a page of Google's list. What makes no sense is left out: a broken entry must not hold up the others.
struct GooglePage: Sendable {
  var items: [GoogleItem] = []
  var nextPage: String?
  var nextSync: String?

  /// Nil when the answer is no list at all, or one of other things. `home` is the zone of whole days where the list names
  /// none.
  init?(_ body: [UInt8], home: Zone) {
    guard let page = (try? JSONValue(parsing: body))?.object, let entries = page["items"]?.array,
      entries.isEmpty || entries.contains(where: { $0.object?["id"]?.string != nil })
    else { return nil }
    nextPage = page.token("nextPageToken")
    nextSync = page.token("nextSyncToken")
    let zone = page["timeZone"]?.string.flatMap { Zone(named: $0) } ?? home
    for entry in entries {
      if let object = entry.object { items += GoogleItem.read(object, zone: zone) }
    }
  }
}

extension GoogleItem {
  fileprivate static func read(_ object: JSONObject, zone: Zone) -> [GoogleItem] {
    guard let id = object["id"]?.string, !id.isEmpty, id.utf8.count <= 1024, !id.utf8.contains(0) else { return [] }
    var items: [GoogleItem] = []
    if let series = object["recurringEventId"]?.string, !series.utf8.contains(0),
      let original = GoogleTime(object["originalStartTime"]?.object, zone: zone)
    {
      items.append(.skipped(series: series, start: original.moment))
    }
    if object["status"]?.string == "cancelled" { return items + [.deleted(id)] }
    guard let event = GoogleEvent(object, id: id, zone: zone) else { return items }
    return items + [.event(event)]
  }
}

extension GoogleEvent {
  fileprivate init?(_ object: JSONObject, id: String, zone: Zone) {
    guard let start = GoogleTime(object["start"]?.object, zone: zone),
      let end = GoogleTime(object["end"]?.object, zone: zone), start.moment < end.moment
    else { return nil }
    self.id = id
    summary = object.text("summary", atMost: 1000)
    description = object.text("description", atMost: 8000)
    location = object.text("location", atMost: 1000)
    color = object.text("colorId", atMost: 16)
    creator = object["creator"]?.object?.text("email", atMost: 254).lowercased() ?? ""
    self.zone = start.zone.name
    allDay = start.isDay
    self.start = start.moment
    self.end = end.moment
    created = object["created"]?.string.flatMap { Timestamp(iso8601: $0)?.unix }
    updated = object["updated"]?.string.flatMap { Timestamp(iso8601: $0)?.unix }
    readPeople(object["attendees"]?.array ?? [])
    if object["transparency"]?.string == "transparent" { busy = false }
    for line in (object["recurrence"]?.array ?? []).compactMap(\.string) { read(recurrence: line, start.zone) }
  }

  /// Who has declined is not busy.
  private mutating func readPeople(_ people: [JSONValue]) {
    for person in people.prefix(500).compactMap(\.object) {
      let email = person.text("email", atMost: 254).lowercased()
      if !email.isEmpty { attendees.append(email) }
      if person["self"]?.bool == true, person["responseStatus"]?.string == "declined" { busy = false }
    }
  }

  /// `RRULE:...`, or `EXDATE;TZID=...:20300305T100000,...`; a rule that cannot be followed counts as none.
  private mutating func read(recurrence line: String, _ zone: Zone) {
    if line.hasPrefix("RRULE:"), rule == nil { rule = (try? Recurrence(line))?.rule }
    guard line.hasPrefix("EXDATE"), let colon = line.firstIndex(of: ":") else { return }
    let name = line[..<colon].firstMatch(of: /TZID=([^;:]+)/).map { String($0.1) }
    let place = name.flatMap { Zone(named: $0) } ?? zone
    for text in line[line.index(after: colon)...].split(separator: ",").prefix(1000) {
      if let moment = ICalendarTime.moment(String(text), in: place) { skipped.append(moment) }
    }
  }
}

/// Google's moment or day.
private struct GoogleTime {
  let moment: Int
  let zone: Zone
  let isDay: Bool

  init?(_ object: JSONObject?, zone home: Zone) {
    guard let object else { return nil }
    zone = object["timeZone"]?.string.flatMap { Zone(named: $0) } ?? home
    isDay = object["date"]?.string != nil
    if let day = object["date"]?.string {
      guard let date = ClientTime.date(day) else { return nil }
      moment = zone.start(of: date)
    } else {
      guard let time = object["dateTime"], case .string = time, let found = ClientTime.moment(time, in: zone) else {
        return nil
      }
      moment = found
    }
  }
}

extension JSONObject {
  /// What is sent back as it came; nothing that no address could hold.
  fileprivate func token(_ name: String) -> String? {
    guard let token = self[name]?.string, (1...4096).contains(token.utf8.count), !token.utf8.contains(0) else {
      return nil
    }
    return token
  }

  /// A text cut to its length; empty when there is none.
  fileprivate func text(_ name: String, atMost limit: Int) -> String {
    guard let text = self[name]?.string else { return "" }
    return String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(limit)))
  }
}
