import Bus
import HTTP
import JSON
import Loop
import Wire

/// jarvis.md 2.2: the planner's users and friends; what the calendar answers is in `JarvisSurface+Calendar.swift`.
///
/// Answers hold the seed's `response` beside the keys the app reads.
enum JarvisSurface {
  static let routes: [Route] =
    [
      route(.post, "/user", access: .optional, body: .json(emptyIsObject: true), enter),
      route(.get, "/user", search),
      route(.get, "/user/{id}", profile),
      route(.get, "/user/{id}/friends") { exchange throws(Failure) in
        try requireSelf(exchange)
        let reply = try await exchange.services.auth.call(Auth.ListFriends(), exchange.context)
        return .json(200, response { $0.strings(reply.friends.map(\.text)) })
      },
      route(.get, "/user/{id}/friend_requests", friendRequests),
      route(.post, "/user/{id}/friend_request", body: .json(), requestFriend),
      route(.put, "/user/{id}/friend_request/{from}", body: .json(), answerFriend),
      route(.delete, "/user/{id}/friends/{other}") { exchange throws(Failure) in
        try requireSelf(exchange)
        let other = try await resolve(exchange, exchange.parameter("other"))
        _ = try await exchange.services.auth.call(Auth.RemoveFriend(other.id), exchange.context)
        return success
      },
      route(.put, "/user/{id}/logout") { exchange throws(Failure) in
        try requireSelf(exchange)
        try await SessionEnd.logout(exchange)
        return success
      },
    ]
    + calendarRoutes

  private static func route(
    _ method: HTTPMethod,
    _ pattern: String,
    access: Access = .session,
    body: BodyRule = .none,
    _ handle: @escaping @Sendable @LoopActor (Exchange) async throws(Failure) -> HTTPResponse
  ) -> Route {
    Route(method: method, pattern: pattern, surface: .jarvis, access: access, body: body, handle: handle)
  }

  // MARK: - Users

  /// U1: the token may come in the header or, only here, in the body as `idToken` or `jwt_token`.
  @LoopActor
  private static func enter(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let fields = (try? exchange.body.value().object) ?? JSONObject()
    let inBody = fields["idToken"]?.string ?? fields["jwt_token"]?.string
    guard let token = Authenticator.token(of: exchange.request) ?? inBody, !token.isEmpty else {
      throw Failure(.unauthenticated)
    }
    let key = Authenticator.key(of: token)
    let submission = Submission(exchange.body, address: exchange.request.peer)
    let call = Auth.Enter(Authenticator.credential(token, key), submission)
    let profile = try await exchange.services.auth.call(call, exchange.context)
    // The account may have got its e-mail just now, and its paths are named by that.
    exchange.services.authenticator.forget(token: key)
    startImport(exchange, for: profile.id)
    return .json(
      200,
      .object { writer in
        writer.member("response", .object { $0.member("id", profile.id.text) })
        writer.member("id", profile.id.text)
        writer.member("email", profile.email ?? "")
        writer.member("name", profile.name)
        writer.member("username", profile.username)
      }
    )
  }

  /// A linked calendar is read at each sign-in, behind its back: it neither waits for that nor fails with it.
  @LoopActor
  private static func startImport(_ exchange: Exchange, for user: UserID) {
    let calendar = exchange.services.calendar
    guard calendar.isReady else { return }
    let context = CallContext(user: user, timeout: 60_000, trace: exchange.context.trace)
    onLoop { _ = try? await calendar.call(Calendar.Import(Calendar.Request()), context) }
  }

  /// U2: the app takes `name` as the invitee's e-mail, so it is that; the handle stands in `username`.
  @LoopActor
  private static func search(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let found = try await exchange.services.auth.call(Auth.Search(exchange.query("q") ?? ""), exchange.context)
    var writer = JSONWriter()
    writer.beginArray()
    for profile in found.profiles {
      writer.beginObject()
      writer.member("id", profile.id.text)
      writer.member("name", profile.email)
      writer.member("email", profile.email)
      writer.member("username", profile.username)
      writer.endObject()
    }
    writer.endArray()
    return .json(200, writer.raw)
  }

  /// U3: of oneself with the schedule, which the calendar has; of anybody else who it is and no more.
  @LoopActor
  private static func profile(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    if isSelf(exchange) {
      return try await ask(exchange, Calendar.Schedule.name, exchange.queryObject(["from", "to"]))
    }
    let profile = try await resolve(exchange, exchange.parameter("id"))
    return .json(
      200,
      response { writer in
        writer.beginObject()
        writer.member("id", profile.id.text)
        writer.member("username", profile.username)
        writer.endObject()
      }
    )
  }

  // MARK: - Friends

  @LoopActor
  private static func friendRequests(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    try requireSelf(exchange)
    let reply = try await exchange.services.auth.call(Auth.ListFriendRequests(), exchange.context)
    return .json(
      200,
      response { writer in
        writer.beginArray()
        for request in reply.requests {
          writer.beginObject()
          writer.member("from", request.from.text)
          writer.member("created_at", request.created)
          writer.endObject()
        }
        writer.endArray()
      }
    )
  }

  /// U8: `{id}` is the target, `from` must be the caller.
  @LoopActor
  private static func requestFriend(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let fields = (try? exchange.body.value().object) ?? JSONObject()
    let from = fields["from"]
    if let from, !from.isNull, from.string == nil { throw .invalid("from") }
    let target = try await resolve(exchange, exchange.parameter("id"))
    let call = Auth.RequestFriend(target: target.id, from: from?.string)
    let state = try await exchange.services.auth.call(call, exchange.context)
    return .json(200, response { $0.string(state.state.rawValue) })
  }

  @LoopActor
  private static func answerFriend(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    try requireSelf(exchange)
    guard let accept = accept(exchange.body) else { throw .invalid("accept") }
    let from = try await resolve(exchange, exchange.parameter("from"))
    let call = Auth.AnswerFriend(from: from.id, accept: accept)
    let state = try await exchange.services.auth.call(call, exchange.context)
    return .json(200, response { $0.string(state.state.rawValue) })
  }

  /// The oldest clients put most values in quotes.
  private static func accept(_ body: RawJSON) -> Bool? {
    switch (try? body.value().object)?["accept"] {
    case .bool(let accept): accept
    case .string("true"): true
    case .string("false"): false
    default: nil
    }
  }

  // MARK: - Common to all

  /// Refuses with 403 unless the path's `{id}`, an id or an e-mail, is the caller (jarvis.md 2.1).
  @LoopActor
  static func requireSelf(_ exchange: Exchange) throws(Failure) {
    guard isSelf(exchange) else { throw Failure(.forbidden) }
  }

  @LoopActor
  private static func isSelf(_ exchange: Exchange) -> Bool {
    let id = exchange.parameter("id").lowercased()
    guard let identity = exchange.identity else { return false }
    return id == identity.user.text || id == identity.email?.lowercased()
  }

  @LoopActor
  private static func resolve(_ exchange: Exchange, _ id: String) async throws(Failure) -> Auth.Profile {
    try await exchange.services.auth.call(Auth.Resolve(id), exchange.context)
  }

  private static let success = HTTPResponse.json(200, response { $0.string("success") })

  private static func response(_ value: (inout JSONWriter) -> Void) -> RawJSON {
    .object { writer in
      writer.name("response")
      value(&writer)
    }
  }
}

extension JSONWriter {
  mutating func strings(_ texts: [String]) {
    beginArray()
    for text in texts { string(text) }
    endArray()
  }
}
