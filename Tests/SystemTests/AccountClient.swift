import JSON
import Kit
import Loop
import Testing

/// Somebody with a session of the suite.
struct Member: Sendable {
  let id: String
  let token: String
  var bearer: [(String, String)] { [("Authorization", "Bearer \(token)")] }
  var cookie: [(String, String)] { [("Cookie", "theme=dark; carillon_session=\(token)")] }
}

/// The typed password as the apps send it: 64 hexadecimal digits.
func appPassword(_ number: Int) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "5e", count: 32).dropLast(digits.count) + digits
}

// MARK: - Chat's clients

@LoopActor
extension TestClient {
  func register(_ login: String, _ password: String = "correct horse", username: String) async throws -> HTTPReply {
    let fields = #"{"login":"\#(login)","password":"\#(password)","username":"\#(username)"}"#
    return try await post("/register", json: fields)
  }

  func logIn(_ login: String, _ password: String = "correct horse") async throws -> HTTPReply {
    try await post("/login", json: #"{"login":"\#(login)","password":"\#(password)"}"#)
  }

  /// Registers and logs in.
  func chatMember(_ login: String, _ password: String = "correct horse") async throws -> Member {
    #expect(try await register(login, password, username: login.uppercased()).status == 200)
    let data = try await logIn(login, password).value("data")
    return Member(
      id: try #require(data?.member("uuid")?.string),
      token: try #require(data?.member("token")?.string)
    )
  }
}

// MARK: - Pictever's apps

@LoopActor
extension TestClient {
  func signUp(_ email: String, _ password: String = appPassword(1), country: String? = nil) async throws -> HTTPReply {
    let more = country.map { [("country_code", $0)] } ?? []
    return try await post("/signup", form: [("email", email), ("password", password)] + more)
  }

  func signIn(_ email: String, _ password: String = appPassword(1)) async throws -> HTTPReply {
    let device = [("os", "android"), ("reg_id", ""), ("app_version", "1.0")]
    return try await post("/login", form: [("email", email), ("password", password)] + device)
  }

  /// Opens one more session of an account.
  func appSession(_ email: String, _ password: String = appPassword(1)) async throws -> Member {
    let reply = try await signIn(email, password)
    #expect(reply.status == 200)
    let cookie = try #require(reply.header("Set-Cookie"))
    let token = try #require(cookie.firstMatch(of: /^carillon_session=([^;]+);/)?.1)
    return Member(id: try #require(try reply.value("user_id")?.string), token: String(token))
  }

  /// Signs up and in.
  func appMember(_ email: String, _ password: String = appPassword(1)) async throws -> Member {
    #expect(try await signUp(email, password).status == 200)
    return try await appSession(email, password)
  }

  func setPhone(_ number: String, of member: Member) async throws -> HTTPReply {
    let form = [("phone_number", number), ("reg_id", ""), ("os", "ios")]
    return try await post("/define_first_phone_number", form: form, headers: member.cookie)
  }

  func reset(_ email: String, code: String, to password: String) async throws -> HTTPReply {
    let form = [("email", email), ("verification_code", code), ("new_password", password)]
    return try await post("/define_new_password", form: form)
  }
}
