import Bus
import HTTP
import JSON
import Loop
import Wire

/// jarvis.md 2.3, E9 and E10: what the members of an event say to each other. Chat keeps it; the calendar is asked only
/// where chat has no room, about who may know why.
extension JarvisSurface {
  @LoopActor
  static func messages(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let call = Chat.EventHistory(
      of: room(exchange),
      before: try number(exchange, "before") { Double($0) },
      limit: try number(exchange, "limit") { Int($0) }
    )
    do throws(Failure) {
      let page = try await exchange.services.chat.call(call, exchange.context)
      return .json(200, array(page.entries))
    } catch {
      guard error.word == .notFound else { throw error }
      // A poll has said nothing yet.
      _ = try await ask(exchange, Calendar.Fetch.name, .emptyObject)
      return .json(200, array([]))
    }
  }

  @LoopActor
  static func say(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    do throws(Failure) {
      let call = Chat.PostToEvent(to: room(exchange), fields: exchange.body)
      let entry = try await exchange.services.chat.call(call, exchange.context)
      return .json(200, .object { entry.writeMembers(into: &$0) })
    } catch {
      guard error.word == .notFound else { throw error }
      throw try await whyNoRoom(exchange)
    }
  }

  /// A real event without a room is one that was made a moment ago.
  @LoopActor
  private static func whyNoRoom(_ exchange: Exchange) async throws(Failure) -> Failure {
    let event = try await document(exchange, Calendar.Fetch.name, .emptyObject)
    let isReal = (try? event.value())?.object?["status"]?.string == "confirmed"
    return isReal ? .unavailable : Failure(.conflict, .tentative)
  }

  /// Rooms go by the id that the calendar writes, whatever form the path has.
  @LoopActor
  private static func room(_ exchange: Exchange) -> CalendarEventID {
    CalendarEventID(exchange.parameter("eid").lowercased().replacing("-", with: ""))
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
