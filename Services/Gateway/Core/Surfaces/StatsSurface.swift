import Bus
import HTTP
import JSON
import Loop
import Wire

/// stats.md 2 and 6: study sessions.
///
/// The service checks every id and number; its replies are the contract's bodies and go through as they stand.
enum StatsSurface {
  private static let stored = RawJSON.object { $0.member("message", "OK") }
  private static let writes = [LimitRule(name: "stats_writes", key: .user)]
  private static let batches = [LimitRule(name: "stats_batches", key: .user)]

  static let routes: [Route] = [
    route(.post, "/courses/{courseId}", body: .json(typeChecked: true), limits: writes) { exchange throws(Failure) in
      _ = try await forward(exchange, Stats.Store.name) { $0.member("body", exchange.body) }
      return .json(201, stored)
    },
    route(.get, "/courses/{courseId}") { exchange throws(Failure) in
      .json(200, try await forward(exchange, Stats.Course.name) { $0.member("weighting", exchange.query("weighting")) })
    },
    route(.get, "/courses/{courseId}/sessions/{sessionId}") { exchange throws(Failure) in
      .json(
        200,
        try await forward(exchange, Stats.Session.name) { $0.member("session", exchange.parameter("sessionId")) }
      )
    },
    route(.get, "/courses/{courseId}/sessions") { exchange throws(Failure) in
      .json(
        200,
        try await forward(exchange, Stats.Sessions.name) {
          $0.member("limit", exchange.query("limit"))
          $0.member("before", exchange.query("before"))
        }
      )
    },
    route(.post, "/courses/{courseId}/sessions", body: .json(typeChecked: true), limits: batches, storeBatch),
    route(.delete, "/courses/{courseId}/sessions/{sessionId}") { exchange throws(Failure) in
      _ = try await forward(exchange, Stats.EraseSession.name) { $0.member("session", exchange.parameter("sessionId")) }
      return .json(200, stored)
    },
    route(.get, "/courses", exactSlash: true) { exchange throws(Failure) in
      .json(200, try await forward(exchange, Stats.Courses.name) { $0.member("from", exchange.query("from")) })
    },
    route(.delete, "/users/me/stats") { exchange throws(Failure) in
      _ = try await forward(exchange, Stats.Erase.name) { _ in }
      return .json(200, stored)
    },
    route(.get, "/users/me/export") { exchange throws(Failure) in
      .json(200, try await forward(exchange, Stats.Export.name) { $0.member("from", exchange.query("from")) })
    },
  ]

  /// A client that was offline sends up to 100 sessions; each gets the answer it would have had alone.
  @LoopActor
  private static func storeBatch(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let call = Stats.StoreBatch(course: exchange.parameter("courseId"), body: exchange.body)
    let reply = try await exchange.services.stats.call(call, exchange.context)
    return .json(
      200,
      .object { writer in
        writer.name("results")
        writer.beginArray()
        for failure in reply.results { write(failure, into: &writer) }
        writer.endArray()
      }
    )
  }

  private static func write(_ failure: Failure?, into writer: inout JSONWriter) {
    let refusal = failure.map { Dialect.stats.refusal($0) ?? Dialect.common($0) }
    writer.beginObject()
    writer.member("status", refusal?.status ?? 201)
    writer.member("message", refusal?.text ?? "OK")
    writer.endObject()
  }

  private static func route(
    _ method: HTTPMethod,
    _ pattern: String,
    body: BodyRule = .none,
    limits: [LimitRule] = [],
    exactSlash: Bool = false,
    _ handle: @escaping @Sendable @LoopActor (Exchange) async throws(Failure) -> HTTPResponse
  ) -> Route {
    Route(
      method: method,
      pattern: pattern,
      surface: .stats,
      access: .session,
      body: body,
      limits: limits,
      exactSlash: exactSlash,
      handle: handle
    )
  }

  /// Sends a call whose request is the course of the path and what the closure adds.
  @LoopActor
  private static func forward(
    _ exchange: Exchange,
    _ name: String,
    _ members: (inout JSONWriter) -> Void
  ) async throws(Failure) -> RawJSON {
    let request = RawJSON.object { writer in
      writer.member("course", exchange.parameters["courseId"])
      members(&writer)
    }
    return try await exchange.services.stats.forward(name, request, exchange.context)
  }
}
