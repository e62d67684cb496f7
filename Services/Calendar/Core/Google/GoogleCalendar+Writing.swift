import Almanac
import JSON
import Loop
import Outgoing

// Real events in linked calendars, each under our own id, so that a repeat changes nothing and the next import knows it for
// ours. Guests are not told by Google: they hear of it from us.
extension GoogleCalendar {
  /// Tries once; throws when there is no answer.
  func perform(_ step: ExportStep, _ event: EventRecord, token: String) async throws -> GoogleAnswer {
    let all = "\(base)/calendars/primary/events"
    let one = "\(all)/\(event.id.hex)?sendUpdates=none"
    let request: OutgoingRequest
    switch step {
    case .nothing: return GoogleAnswer(status: 204)
    case .insert:
      request = OutgoingRequest(
        "POST",
        "\(all)?sendUpdates=none",
        headers: headers(token),
        body: event.googleDocument(withID: true).bytes
      )
    case .update:
      request = OutgoingRequest("PATCH", one, headers: headers(token), body: event.googleDocument(withID: false).bytes)
    case .delete: request = OutgoingRequest("DELETE", one, headers: headers(token))
    }
    return try await send(request)
  }
}

extension EventRecord {
  /// All that is ours to say; what its owner adds in their own calendar, such as a colour, stays.
  fileprivate func googleDocument(withID: Bool) -> RawJSON {
    .object { writer in
      if withID { writer.member("id", id.hex) }
      writer.member("status", "confirmed")
      writer.member("summary", name)
      writer.member("description", description)
      writer.member("location", location)
      writer.googleMoment("start", starts ?? 0, in: zone)
      writer.googleMoment("end", ends ?? 0, in: zone)
      writer.name("attendees")
      writer.beginArray()
      for guest in attendees {
        writer.beginObject()
        writer.member("email", guest.email)
        writer.endObject()
      }
      writer.endArray()
    }
  }
}

extension JSONWriter {
  fileprivate mutating func googleMoment(_ name: StaticString, _ moment: Int, in zone: Zone) {
    self.name(name)
    beginObject()
    member("dateTime", zone.text(of: moment))
    member("timeZone", zone.name)
    endObject()
  }
}
