import Bus
import HTTP
import JSON
import Loop
import Wire

/// chat.md 2: accounts and rooms. The answer to a success is `{"ok":true,"data":...}`.
enum ChatSurface {
  static let routes: [Route] = [
    Route(method: .post, pattern: "/register", surface: .chat, body: .raw) { exchange throws(Failure) in
      _ = try await exchange.services.auth.call(Auth.Register(submission(exchange)), exchange.context)
      return ok()
    },
    Route(method: .post, pattern: "/login", surface: .chat, body: .raw, handle: login),
    Route(method: .post, pattern: "/logout", surface: .chat, access: .optional, handle: logout),
    room(.post, "/create-room", Chat.CreateRoom.name),
    room(.post, "/send-message", Chat.SendMessage.name),
    room(.get, "/get-room-history", Chat.History.name, query: ["room_gid", "limit", "before", "after"]),
    room(.post, "/join-room", Chat.JoinRoom.name),
    room(.post, "/leave-room", Chat.LeaveRoom.name),
    room(.get, "/rooms", Chat.ListRooms.name),
    Route(method: .get, pattern: "/rooms/{room_gid}/live", surface: .chat, access: .session, handle: live),
    Route(method: .get, pattern: "/rooms/{room_gid}/present", surface: .chat, access: .session, handle: present),
    Route(
      method: .post,
      pattern: "/rooms/{room_gid}/typing",
      surface: .chat,
      access: .session,
      body: .json(emptyIsObject: true),
      handle: typing
    ),
    room(.post, "/lock-room", Chat.LockRoom.name),
    room(.post, "/remove-member", Chat.RemoveMember.name),
    room(.post, "/mark-read", Chat.MarkRead.name),
    room(.post, "/edit-message", Chat.EditMessage.name),
    room(.post, "/delete-message", Chat.DeleteMessage.name),
    room(.post, "/report-message", Chat.ReportMessage.name),
    room(.get, "/search-messages", Chat.SearchMessages.name, query: ["q", "room_gid", "before", "limit"]),
    room(.post, "/block-user", Chat.BlockUser.name),
    room(.get, "/blocked-users", Chat.ListBlocked.name),
    room(.get, "/export-messages", Chat.ExportMessages.name, query: ["after", "limit"]),
    room(.post, "/erase-chat", Chat.EraseUser.name),
  ]

  /// A room route: the service takes the body, or the query's values as strings, and its reply is the answer's `data`.
  private static func room(
    _ method: HTTPMethod,
    _ pattern: String,
    _ call: String,
    query names: [String] = []
  ) -> Route {
    Route(
      method: method,
      pattern: pattern,
      surface: .chat,
      access: .session,
      body: method == .post ? .json(emptyIsObject: true) : .none
    ) { exchange throws(Failure) in
      let request = method == .post ? exchange.body : exchange.queryObject(names)
      var context = exchange.context
      context.key = try retryKey(exchange.request)
      let reply = try await exchange.services.chat.forward(call, request, context)
      return ok(reply == .emptyObject ? nil : reply)
    }
  }

  private static let longestKey = 128

  /// A client's name for this request, by which chat knows a repeat.
  @LoopActor
  private static func retryKey(_ request: HTTPRequest) throws(Failure) -> String? {
    guard let key = request.headers.first("idempotency-key") else { return nil }
    guard (1...longestKey).contains(key.utf8.count) else { throw .invalid("Idempotency-Key") }
    return key
  }

  /// The feed of a room as server-sent events; `Last-Event-ID`, or `after`, is the last id the client has.
  @LoopActor
  private static func live(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let request = exchange.request
    guard let identity = exchange.identity else { throw Failure(.unauthenticated) }
    let after = try lastSeen(exchange)
    let hears: FeedNotice.Kinds = try wantsNotices(exchange) ? [.changes, .people] : .changes
    if request.method == .head { return HTTPResponse(status: 200, headers: EventStream.headers) }
    let stream = EventStream()
    let listener = Listener(
      identity,
      in: exchange.parameter("room_gid"),
      token: Authenticator.token(of: request),
      hears: hears,
      on: stream
    )
    let feeds = exchange.services.feeds
    stream.gone = { feeds.end(listener, .left) }
    try await feeds.join(listener, session: identity.session, after: after)
    return stream.response
  }

  @LoopActor
  private static func lastSeen(_ exchange: Exchange) throws(Failure) -> Int? {
    guard let text = exchange.request.headers.first("last-event-id") ?? exchange.query("after") else { return nil }
    guard let id = Int(text), id >= 0 else { throw .invalid("after") }
    return id
  }

  @LoopActor
  private static func wantsNotices(_ exchange: Exchange) throws(Failure) -> Bool {
    switch exchange.query("notices") {
    case nil, "", "0", "false": false
    case "1", "true": true
    default: throw .invalid("notices")
    }
  }

  /// `POST /login` is two products' route: a form, or JSON with `email`, is pictever's; JSON with `login` is chat's.
  @LoopActor
  private static func login(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    if Form.isForm(exchange.request) || hasEmail(exchange.request.body) {
      return await PicteverSurface.inItsDialect { () async throws(Failure) in try await PicteverSurface.signIn(exchange)
      }
    }
    let session = try await exchange.services.auth.call(Auth.Login(submission(exchange)), exchange.context)
    return ok(
      .object { writer in
        writer.member("username", session.name)
        writer.member("uuid", session.user.text)
        writer.member("token", session.token)
        writer.member("expires_at", session.expires)
      }
    )
  }

  private static func hasEmail(_ body: [UInt8]) -> Bool {
    guard let fields = (try? JSONValue(parsing: body))?.object else { return false }
    return fields["email"] != nil && fields["login"] == nil
  }

  /// `POST /logout` too: a cookie is pictever's, a bearer token chat's.
  @LoopActor
  private static func logout(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let byCookie = exchange.request.headers.first("authorization") == nil
    if byCookie, exchange.request.headers.first("cookie") != nil {
      return await PicteverSurface.inItsDialect { () async throws(Failure) in try await PicteverSurface.logout(exchange)
      }
    }
    try await SessionEnd.logout(exchange)
    return ok()
  }

  static func ok(_ data: RawJSON? = nil) -> HTTPResponse {
    .json(
      200,
      .object { writer in
        writer.member("ok", true)
        writer.member("data", data)
      }
    )
  }

  /// The body as it came; what is no JSON at all goes as null, which the service refuses as no object.
  @LoopActor
  static func submission(_ exchange: Exchange) -> Submission {
    Submission((try? RawJSON(validating: exchange.request.body)) ?? .null, address: exchange.request.peer)
  }
}

/// The end of the session a request came with, the same on every surface.
@LoopActor
enum SessionEnd {
  static func logout(_ exchange: Exchange) async throws(Failure) {
    guard exchange.identity?.session != nil else { throw Failure(.unauthenticated) }
    _ = try await exchange.services.auth.call(Auth.Logout(), exchange.context)
    if let key = exchange.tokenKey { exchange.services.authenticator.forget(token: key) }
  }
}
