import Bus
import HTTP
import Loop
import Wire

/// Answers of people without an account. Reading changes nothing, since mail programs follow links by themselves.
extension JarvisSurface {
  static let rsvpRoutes: [Route] = [
    rsvp(.get) { exchange throws(Failure) in
      let call = Calendar.ReadRsvp(event: exchange.parameter("eid"), code: exchange.parameter("code"))
      return try await exchange.services.calendar.call(call, exchange.context)
    },
    rsvp(.post) { exchange throws(Failure) in
      guard let comes = comes(exchange.request) else { throw .invalid("answer") }
      let (event, code) = (exchange.parameter("eid"), exchange.parameter("code"))
      let call = Calendar.AnswerRsvp(event: event, code: code, comes: comes)
      return try await exchange.services.calendar.call(call, exchange.context)
    },
  ]

  private static func rsvp(
    _ method: HTTPMethod,
    _ ask: @escaping @Sendable @LoopActor (Exchange) async throws(Failure) -> Calendar.Rsvp
  ) -> Route {
    Route(
      method: method,
      pattern: "/rsvp/{eid}/{code}",
      surface: .jarvis,
      body: method == .post ? .raw : .none,
      maximumBody: 1024,
      limits: [LimitRule(name: "rsvp", key: .address)]
    ) { exchange in
      do throws(Failure) { return RsvpPage.response(try await ask(exchange)) } catch { return RsvpPage.response(error) }
    }
  }

  private static func comes(_ request: HTTPRequest) -> Bool? {
    switch Form(fields: ["answer"]).parse(request.body).last?.value {
    case "yes": true
    case "no": false
    default: nil
    }
  }
}
