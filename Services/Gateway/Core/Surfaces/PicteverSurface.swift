import Bus
import HTTP
import JSON
import Loop
import Wire

/// pictever.md 2.2: accounts of the apps that send messages to the future; the messages are in a file of their own.
/// Bodies are forms (or JSON with the same keys), sessions are cookies, an empty success is an empty body.
enum PicteverSurface {
  static let routes: [Route] =
    [
      account("/signup", ["email", "password", "country_code"]) { Auth.Signup($0) },
      account("/send_reset_mail", ["email"]) { Auth.SendReset($0) },
      Route(method: .get, pattern: "/send_reset_mail", surface: .pictever) { exchange throws(Failure) in
        let fields = RawJSON.object { $0.member("email", exchange.query("email")) }
        _ = try await exchange.services.auth.call(
          Auth.SendReset(Submission(fields, address: exchange.request.peer)),
          exchange.context
        )
        return empty()
      },
      account("/define_new_password", ["email", "verification_code", "new_password"]) { Auth.ResetPassword($0) },
      account("/define_first_phone_number", ["phone_number", "reg_id", "os"], access: .session) { Auth.SetPhone($0) },
      account("/confirm_phone_number", ["verification_code"], access: .session) { Auth.ConfirmPhone($0) },
      Route(method: .get, pattern: "/hello", surface: .pictever) { _ throws(Failure) in .text(200, "hello") },
    ] + messageRoutes

  /// A route that hands its fields to auth and has nothing to say when all went well.
  private static func account<C: SubmissionCall>(
    _ pattern: String,
    _ fields: Set<String>,
    access: Access = .open,
    _ call: @escaping @Sendable (Submission) -> C
  ) -> Route {
    Route(method: .post, pattern: pattern, surface: .pictever, access: access, body: .form) {
      exchange throws(Failure) in
      _ = try await exchange.services.auth.call(call(submission(exchange, fields)), exchange.context)
      return empty()
    }
  }

  private static let signInFields: Set<String> = [
    "email", "password", "os", "reg_id", "app_version", "country_code", "facebook_id", "facebook_name",
    "facebook_birthday", "facebook_token",
  ]

  /// `POST /login` of the apps: opens a session and tells them where everything is.
  @LoopActor
  static func signIn(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let session = try await exchange.services.auth.call(
      Auth.SignIn(submission(exchange, signInFields)),
      exchange.context
    )
    let settings = exchange.services.apps.answer(user: session.user, host: exchange.request.headers.first("host"))
    var response = HTTPResponse.json(200, settings)
    response.headers.append(("Set-Cookie", cookie(session.token)))
    return response
  }

  @LoopActor
  static func logout(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    try await SessionEnd.logout(exchange)
    var response = empty()
    response.headers.append(("Set-Cookie", cookie("") + "; Max-Age=0"))
    return response
  }

  private static func cookie(_ token: String) -> String {
    "\(Authenticator.cookieName)=\(token); HttpOnly; Path=/; SameSite=Lax"
  }

  static func empty() -> HTTPResponse { .text(200, "") }

  /// Refuses in this surface's words on a route that another surface owns.
  @LoopActor
  static func inItsDialect(_ body: @LoopActor () async throws(Failure) -> HTTPResponse) async -> HTTPResponse {
    do throws(Failure) { return try await body() } catch { return Dialect.pictever.response(error) }
  }

  /// The fields of a form or of a JSON body, as auth takes them.
  @LoopActor
  static func submission(_ exchange: Exchange, _ fields: Set<String>) -> Submission {
    let body = exchange.request.body
    let values = Form.isForm(exchange.request) ? Form(fields: fields).object(body) : try? RawJSON(validating: body)
    return Submission(values ?? .null, address: exchange.request.peer)
  }
}
