import Bus
import HTTP
import JSON
import Loop
import Wire

/// chat.md 2: accounts and rooms. The answer to a success is `{"ok":true,"data":...}`.
enum ChatSurface {
  static let routes: [Route] = [
    Route(
      method: .post,
      pattern: "/register",
      surface: .chat,
      body: .raw,
      limits: [LimitRule(name: "registrations", key: .address)]
    ) { exchange throws(Failure) in
      _ = try await exchange.services.auth.call(Auth.Register(submission(exchange)), exchange.context)
      return ok()
    },
    Route(method: .post, pattern: "/login", surface: .chat, body: .raw, handle: login),
    Route(method: .post, pattern: "/logout", surface: .chat, access: .optional, handle: logout),
    Route(
      method: .post,
      pattern: "/create-room",
      surface: .chat,
      access: .session,
      body: .json(emptyIsObject: true)
    ) { exchange throws(Failure) in
      ok(try await exchange.services.chat.forward(Chat.CreateRoom.name, .emptyObject, exchange.context))
    },
    Route(method: .get, pattern: "/rooms", surface: .chat, access: .session) { exchange throws(Failure) in
      ok(try await exchange.services.chat.forward(Chat.ListRooms.name, .emptyObject, exchange.context))
    },
  ]

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
