import Almanac
import JSON
import Postgres
import Time

// Entries of a person's own calendar, in the seed's form (jarvis.md 3.2).
extension EntryRecord {
  func write(_ occurrence: Occurrence, owner: String, into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.hex)
    writer.member("name", name)
    writer.member("description", description)
    writer.member("start_time", occurrence.start)
    writer.member("end_time", occurrence.end)
    writeRepetition(into: &writer)
    writer.member("weight", weight)
    writer.member("owner", owner)
    writer.member("google", false)
    writer.endObject()
  }

  private func writeRepetition(into writer: inout JSONWriter) {
    guard case .weekly(let series) = span else { return writer.noRepetition() }
    writer.weekdays("repeat_days", series.weekdays)
    writer.member("repeat_until", series.until)
    writer.member("single_event", false)
  }
}

extension EntryForm {
  /// What was stored, as it is answered to the one who stored it.
  func document(_ id: UUIDValue, owner: String) -> RawJSON {
    .object { writer in
      writer.member("id", id.hex)
      writer.name("response")
      writer.beginObject()
      writer.member("id", id.hex)
      writer.endObject()
      writer.member("name", name)
      writer.member("description", description)
      switch span {
      case .single(let start, let end):
        writer.member("start_time", start)
        writer.member("end_time", end)
        writer.noRepetition()
      case .weekly(let series):
        writer.member("start_time", series.fromClock.clock)
        writer.member("end_time", series.toClock.clock)
        writer.weekdays("repeat_days", series.weekdays)
        writer.member("repeat_until", series.until)
        writer.member("single_event", false)
      }
      writer.member("weight", weight)
      writer.member("owner", owner)
      writer.member("google", false)
      writer.member("timezone", zone)
    }
  }
}

extension Agenda.Meeting {
  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.hex)
    writer.member("name", name)
    writer.member("description", description)
    writer.member("start_time", start)
    writer.member("end_time", end)
    writer.noRepetition()
    writer.member("weight", 0)
    writer.member("owner", creatorEmail)
    writer.member("google", false)
    writer.endObject()
  }
}

extension ImportedRecord {
  func write(_ occurrence: Occurrence, into writer: inout JSONWriter) {
    let isFile = source == CalendarStore.fileSource
    writer.beginObject()
    writer.member("id", isFile ? id.hex : uid)
    writer.member("name", summary)
    writer.member("description", description)
    writer.member("start_time", occurrence.start)
    writer.member("end_time", occurrence.end)
    writer.noRepetition()
    writer.member("weight", 0)
    writer.member("owner", creatorEmail)
    writer.member("google", !isFile)
    writer.endObject()
  }

  /// As one of `events` of U4.
  func writeEvent(into writer: inout JSONWriter) {
    let zone = zone
    writer.beginObject()
    writer.member("id", uid)
    writer.member("status", "confirmed")
    writer.member("created", created.iso8601())
    writer.member("updated", updated.iso8601())
    writer.member("summary", summary)
    writer.member("description", description)
    writer.member("location", location)
    writer.member("colorId", color)
    writer.member("creatorEmail", creatorEmail)
    if allDay {
      writer.day("start", start, in: zone)
      writer.day("end", end, in: zone)
    } else {
      writer.moment("start", start, in: zone)
      writer.moment("end", end, in: zone)
    }
    writer.name("attendees")
    writer.strings(attendees)
    writer.name("recurrence")
    writer.strings(rule.map { ["RRULE:\($0)"] } ?? [])
    writer.member("googleEvent", true)
    writer.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func noRepetition() {
    name("repeat_days")
    strings([])
    name("repeat_until")
    null()
    member("single_event", true)
  }
}

extension Int {
  /// Seconds after midnight as `9:00`.
  var clock: String { "\(self / 3600):\(self / 60 % 60 < 10 ? "0" : "")\(self / 60 % 60)" }
}
