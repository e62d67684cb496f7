import Bus
import HTTP
import JSON
import Loop
import Wire

/// jarvis.md 2.3, E9 and E10: what the members of an event say to each other.
extension JarvisSurface {
  @LoopActor
  static func messages(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let call = Chat.EventHistory(
      of: CalendarEventID(loose: exchange.parameter("eid")),
      before: try number(exchange, "before") { Double($0).flatMap { $0.isFinite ? $0 : nil } },
      limit: try number(exchange, "limit") { Int($0) }
    )
    let talk = exchange.services.eventTalk
    return .json(200, array(try await talk.history(call, exchange.context)))
  }

  @LoopActor
  static func say(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let event = CalendarEventID(loose: exchange.parameter("eid"))
    let talk = exchange.services.eventTalk
    let entry = try await talk.say(exchange.body, to: event, exchange.context)
    return .json(200, .object { entry.writeMembers(into: &$0) })
  }

  @LoopActor
  private static func number<Number>(
    _ exchange: Exchange,
    _ name: String,
    _ read: (String) -> Number?
  ) throws(Failure) -> Number? {
    guard let text = exchange.query(name), !text.isEmpty else { return nil }
    guard let number = read(text) else { throw .invalid(name) }
    return number
  }

  private static func array(_ entries: [Chat.EventEntry]) -> RawJSON {
    var writer = JSONWriter()
    writer.beginArray()
    for entry in entries {
      writer.beginObject()
      entry.writeMembers(into: &writer)
      writer.endObject()
    }
    writer.endArray()
    return writer.raw
  }
}

extension Chat.EventEntry {
  /// The app knows people by their e-mail.
  fileprivate func writeMembers(into writer: inout JSONWriter) {
    writer.member("message", text)
    writer.member("timestamp", timestamp)
    writer.member("sender", email ?? "")
    writer.member("event", event.text)
    writer.member("name", name)
  }
}
