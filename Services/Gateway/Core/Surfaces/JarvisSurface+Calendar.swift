import Bus
import HTTP
import JSON
import Loop
import Wire

/// jarvis.md 2.2 and 2.3: polls, events, own entries and positions.
///
/// The calendar checks every field and knows who may do what; its replies are the contract's documents and go through as
/// they stand.
extension JarvisSurface {
  static let calendarRoutes: [Route] = userRoutes + eventRoutes + feedRoutes + rsvpRoutes

  private static let userRoutes: [Route] = [
    own(.get, "/user/{id}/events", Calendar.Events.name, query: ["from", "to", "limit"]),
    own(.get, "/user/{id}/schedule", Calendar.Schedule.name, query: ["from", "to"]),
    own(.get, "/user/{id}/admin", Calendar.Proposals.name),
    own(.get, "/user/{id}/invites", Calendar.Invites.name),
    own(.post, "/user/{id}/location", Calendar.Locate.name),
    own(.put, "/user/{id}/location", Calendar.Locate.name),
    own(.post, "/user/{id}/import", Calendar.Import.name),
    own(.get, "/user/{id}/settings", Calendar.ReadSettings.name),
    own(.put, "/user/{id}/settings", Calendar.ChangeSettings.name),
    calendar(.post, "/user/{id}/events") { exchange throws(Failure) in
      try requireSelf(exchange)
      // E2 is E1's path, told apart by one field of the body.
      let isEntry = (try? exchange.body.value().object)?["start_time"] != nil
      return try await ask(exchange, isEntry ? Calendar.AddEntry.name : Calendar.Propose.name, exchange.body)
    },
    calendar(.put, "/user/{id}/events/{eid}", vote),
    // The app's "decline" sends this instead (E3b).
    calendar(.post, "/user/{id}/events/{eid}", vote),
  ]

  private static let eventRoutes: [Route] = [
    event(.get, "/events/{eid}", Calendar.Fetch.name),
    event(.put, "/events/{eid}", Calendar.Edit.name),
    event(.delete, "/events/{eid}", Calendar.Cancel.name),
    event(.get, "/events/{eid}/preferred", Calendar.Preferred.name, query: ["limit"]),
    event(.post, "/events/{eid}/activate", Calendar.Activate.name),
    event(.post, "/events/{eid}/hold", Calendar.Hold.name),
    event(.get, "/events/{eid}/locations", Calendar.Locations.name),
    event(.post, "/events/{eid}/location", Calendar.Locate.name),
    calendar(.get, "/events/{eid}/messages", messages),
    calendar(.post, "/events/{eid}/messages", say),
    event(.post, "/events/{eid}/people", Calendar.AddPeople.name),
    event(.delete, "/events/{eid}/people/{person}", Calendar.RemovePerson.name),
  ]

  // MARK: - Forms of routes

  static func calendar(
    _ method: HTTPMethod,
    _ pattern: String,
    _ handle: @escaping @Sendable @LoopActor (Exchange) async throws(Failure) -> HTTPResponse
  ) -> Route {
    let body: BodyRule = method == .get || method == .delete ? .none : .json(emptyIsObject: true)
    return Route(
      method: method,
      pattern: pattern,
      surface: .jarvis,
      access: .session,
      body: body,
      handle: handle
    )
  }

  /// About the calendar of the path's user, who must be the caller.
  static func own(_ method: HTTPMethod, _ pattern: String, _ call: String, query: [String] = []) -> Route {
    calendar(method, pattern) { exchange throws(Failure) in
      try requireSelf(exchange)
      return try await ask(exchange, call, method == .get ? exchange.queryObject(query) : exchange.body)
    }
  }

  /// About the event of the path.
  private static func event(_ method: HTTPMethod, _ pattern: String, _ call: String, query: [String] = []) -> Route {
    calendar(method, pattern) { exchange throws(Failure) in
      try await ask(exchange, call, method == .get ? exchange.queryObject(query) : exchange.body)
    }
  }

  /// E3: the query says whether it is a refusal, under either name; one yes is enough.
  @LoopActor
  private static func vote(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    try requireSelf(exchange)
    let fields = RawJSON.object { writer in
      writer.member("declined", exchange.query("declined"))
      writer.member("decline", exchange.query("decline"))
      writer.member("body", exchange.body)
    }
    return try await ask(exchange, Calendar.Vote.name, fields)
  }

  @LoopActor
  static func ask(_ exchange: Exchange, _ call: String, _ fields: RawJSON) async throws(Failure) -> HTTPResponse {
    .json(200, try await document(exchange, call, fields))
  }

  @LoopActor
  static func document(_ exchange: Exchange, _ call: String, _ fields: RawJSON) async throws(Failure) -> RawJSON {
    let request = Calendar.Request(
      event: exchange.parameters["eid"],
      person: exchange.parameters["person"],
      fields: fields
    )
    return try await exchange.services.calendar.forward(call, request.json(), exchange.context)
  }
}
