import Almanac
import JSON
import Time

// The documents that jarvis.md 2.2 and 2.3 name; all are written into an object that is open, so that answers can be
// supersets.
extension EventRecord {
  /// A poll or a real event with its seed status (E4, E6, E11, E12).
  func write(into writer: inout JSONWriter, at now: Int) {
    if state == .pending || starts == nil { writePoll(into: &writer) } else { writeEvent(into: &writer) }
    writer.member("status_text", standing(at: now).rawValue)
  }

  func document(at now: Int) -> RawJSON { .object { write(into: &$0, at: now) } }

  /// `TentativeEventModel` of the first server.
  func writePoll(into writer: inout JSONWriter) {
    writer.member("id", id.hex)
    writer.member("name", name)
    writer.member("description", description)
    writer.member("location", location)
    writer.member("length", "\(minutes / 60):\(minutes % 60)")
    writer.member("deadline", deadline.description)
    writer.member("timezone", zoneName)
    writer.member("creatorEmail", creatorEmail)
    writer.name("invitees")
    writer.strings(invitees.map(\.email))
    if quorum > 0 { writer.member("quorum", quorum) }
    writer.name("responses")
    writer.beginArray()
    for guest in guests where guest.answered != nil { guest.writeResponse(into: &writer, zone: zone) }
    writer.endArray()
  }

  /// `EventModel` of the first server, which mirrors Google's.
  func writeEvent(into writer: inout JSONWriter) {
    let zone = zone
    writer.member("id", id.hex)
    writer.member("status", state == .cancelled ? "cancelled" : "confirmed")
    writer.member("created", created.iso8601())
    writer.member("updated", updated.iso8601())
    writer.member("summary", name)
    writer.member("description", description)
    writer.member("location", location)
    writer.member("colorId", "")
    writer.member("creatorEmail", creatorEmail)
    writer.moment("start", starts ?? 0, in: zone)
    writer.moment("end", ends ?? 0, in: zone)
    writer.name("attendees")
    writer.strings(attendees.map(\.email))
    writer.name("recurrence")
    writer.strings([])
    writer.member("googleEvent", false)
  }

  /// The seed's flat summary (U4).
  func writeSummary(into writer: inout JSONWriter, at now: Int) {
    writer.beginObject()
    writer.member("id", id.hex)
    writer.member("name", name)
    writer.name("start_time")
    if let starts { writer.int(starts) } else { writer.null() }
    writer.member("duration", starts.flatMap { start in ends.map { $0 - start } } ?? minutes * 60)
    writer.member("status", standing(at: now).rawValue)
    writer.member("owner", creatorEmail)
    writer.name("accepted")
    writer.strings(invitees.filter { $0.attends || ($0.answered != nil && !$0.vote.declined) }.map(\.email))
    writer.name("invited")
    writer.strings(invitees.map(\.email))
    writer.member("chat_url", "/events/\(id.hex)/messages")
    writer.endObject()
  }
}

extension GuestRecord {
  fileprivate func writeResponse(into writer: inout JSONWriter, zone: Zone) {
    writer.beginObject()
    writer.member("email", email)
    writer.member("declined", vote.declined)
    writer.name("timeslots")
    writer.beginArray()
    for slot in vote.slots {
      writer.beginObject()
      writer.member("startTime", zone.slotText(slot.start))
      writer.member("endTime", zone.slotText(slot.end))
      writer.member("start", slot.start)
      writer.member("end", slot.end)
      writer.member("weight", slot.weight)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}

extension JSONWriter {
  mutating func strings(_ texts: [String]) {
    beginArray()
    for text in texts { string(text) }
    endArray()
  }

  /// Google's form of a moment: the zone, the local time with its true offset, and no day.
  mutating func moment(_ name: StaticString, _ moment: Int, in zone: Zone) {
    self.name(name)
    beginObject()
    member("timeZone", zone.name)
    member("dateTime", zone.text(of: moment))
    self.name("date")
    null()
    endObject()
  }

  /// Google's form of a whole day.
  mutating func day(_ name: StaticString, _ moment: Int, in zone: Zone) {
    self.name(name)
    beginObject()
    member("timeZone", zone.name)
    self.name("dateTime")
    null()
    member("date", zone.time(at: moment).date.description)
    endObject()
  }
}
