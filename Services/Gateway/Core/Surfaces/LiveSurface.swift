import Bus
import Compression
import Daemon
import HTTP
import JSON
import Loop
import Security
import Settings
import Wire

/// livecounter.md 2 and 8: the counter's lists, and the operator's messages. Its sockets are `LiveRoom`'s.
///
/// The service writes the bodies; they go through as they stand.
enum LiveSurface {
  static let routes: [Route] = [
    Route(method: .get, pattern: "/api", surface: .live, exactSlash: true) { _ throws(Failure) in
      json(.object { $0.member("version", suiteVersion) })
    },
    page("/api/latest_clicks", Live.LatestClicks.self),
    page("/api/latest_events", Live.LatestEvents.self),
    page("/api/users", Live.Users.self),
    Route(method: .get, pattern: "/api/latest_hours", surface: .live) { exchange throws(Failure) in
      let (live, context) = (exchange.services.live, exchange.context)
      let answer = try await exchange.services.liveAnswers.answer(Live.LatestHours.name) { () async throws(Failure) in
        Live.Page(try await live.call(Live.LatestHours(), context))
      }
      return await response(answer, exchange)
    },
    question("/api/online_users", Live.OnlineUsers.self),
    question("/api/current_stats", Live.CurrentStats.self),
    Route(method: .get, pattern: "/api/hours", surface: .live) { exchange throws(Failure) in
      json(
        try await exchange.services.live.forward(
          Live.Hours.name,
          exchange.queryObject(["from", "to"]),
          exchange.context
        )
      )
    },
    Route(
      method: .post,
      pattern: "/api/messages",
      surface: .live,
      body: .json(typeChecked: true),
      limits: [LimitRule(name: "operator_messages", key: .address)]
    ) { exchange throws(Failure) in
      guard exchange.services.isOperator(exchange.request) else { throw Failure(.unauthenticated) }
      _ = try await exchange.services.live.forward(Live.Announce.name, exchange.body, exchange.context)
      return json(.emptyObject)
    },
    Route(
      method: .post,
      pattern: "/api/names",
      surface: .live,
      body: .json(typeChecked: true),
      limits: [LimitRule(name: "name_claims", key: .address)]
    ) { exchange throws(Failure) in
      json(try await exchange.services.live.forward(Live.Claim.name, exchange.body, exchange.context), 201)
    },
    Route(method: .delete, pattern: "/api/names/{name}", surface: .live) { exchange throws(Failure) in
      guard let token = Authenticator.token(of: exchange.request) else { throw Failure(.unauthenticated) }
      let call = Live.Forget(.value(exchange.parameter("name")), token: token)
      _ = try await exchange.services.live.call(call, exchange.context)
      exchange.services.liveAnswers.change()
      return json(.emptyObject)
    },
    Route(method: .get, pattern: "/api/live", surface: .live) { exchange throws(Failure) in
      guard let stream = exchange.services.liveRoom.listen() else { throw .unavailable }
      let headers = [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-store")]
      return HTTPResponse(status: 200, headers: headers, stream: stream)
    },
    Route(method: .get, pattern: "/version.json", surface: .live) { _ throws(Failure) in
      json(
        .object { writer in
          writer.member("commit_sha", suiteVersion)
          writer.member("timestamp", 0)
        }
      )
    },
  ]

  private static func question<Q: Live.Question>(_ pattern: String, _ kind: Q.Type) -> Route {
    Route(method: .get, pattern: pattern, surface: .live) { exchange throws(Failure) in
      json(try await exchange.services.live.call(Q(), exchange.context))
    }
  }

  /// A list, or the part of it that the query asks for; where it goes on stands in a `Link` header.
  private static func page<P: Live.PageCall>(_ pattern: String, _ kind: P.Type) -> Route {
    Route(method: .get, pattern: pattern, surface: .live) { exchange throws(Failure) in
      let request = exchange.queryObject(["limit", "before"])
      let key = "\(P.name) \(String(decoding: request.bytes, as: UTF8.self))"
      let (live, context) = (exchange.services.live, exchange.context)
      let answer = try await exchange.services.liveAnswers.answer(key) { () async throws(Failure) in
        let reply = try await live.forward(P.name, request, context)
        do { return try Live.Page(json: reply) } catch { throw .internal }
      }
      var response = await response(answer, exchange)
      if let next = answer.page.next {
        let limit = exchange.query("limit").map { "limit=\($0)&" } ?? ""
        response.headers.append(("Link", "<\(pattern)?\(limit)before=\(next)>; rel=\"next\""))
      }
      return response
    }
  }

  /// In gzip form for clients that take it.
  @LoopActor
  private static func response(_ answer: CachedAnswer, _ exchange: Exchange) async -> HTTPResponse {
    var response = json(answer.page.items)
    response.headers.append(("Vary", "Accept-Encoding"))
    guard Gzip.isAccepted(by: exchange.request.headers.first("accept-encoding")),
      let compressed = await answer.compressed()
    else { return response }
    response.headers.append(("Content-Encoding", "gzip"))
    response.body = .bytes(compressed)
    return response
  }

  private static func json(_ body: RawJSON, _ status: Int = 200) -> HTTPResponse {
    var response = HTTPResponse.json(status, body)
    response.headers.append(("Content-Security-Policy", "default-src 'none'"))
    return response
  }
}

extension Services {
  /// Whether the request bears the operator's token; nobody does where none is set.
  func isOperator(_ request: HTTPRequest) -> Bool {
    guard let operatorToken, let token = Authenticator.token(of: request) else { return false }
    return equalInConstantTime(SHA256.digest(token), SHA256.digest(operatorToken.trimmed))
  }
}
