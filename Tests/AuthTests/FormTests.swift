import JSON
import Testing
import Wire

@testable import AuthCore

@Suite struct FormTests {
  private func fields(_ text: String) throws -> FieldReader {
    try FieldReader(Submission(RawJSON(validating: Array(text.utf8))))
  }

  private func refusal(_ body: () throws -> Void) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      return error as? Failure
    }
  }

  @Test func `a registration is read and trimmed`() throws {
    let form = try Registration(fields(#"{"login":" ann ","password":" eight ch ","username":"  Ann  Lee "}"#))
    #expect(form.login == "ann")
    #expect(form.password == " eight ch ")
    #expect(form.username == "Ann  Lee")
  }

  @Test(arguments: [
    (#"{"login":"x"}"#, Failure.missing("password")),
    (#"{}"#, .missing("login")),
    (#"{"login":null,"password":"longenough","username":"A"}"#, .missing("login")),
    (#"{"login":"ann","password":"","username":"A"}"#, .missing("password")),
    (#"{"login":"ann","password":"longenough"}"#, .missing("username")),
    (#"{"login":5,"password":"longenough","username":"A"}"#, .invalid("login")),
    (#"{"login":5,"password":"longenough"}"#, .missing("username")),
    (#"{"login":"an","password":"longenough","username":"A"}"#, .invalid("login")),
    (#"{"login":"  a  ","password":"longenough","username":"A"}"#, .invalid("login")),
    (#"{"login":"ann","password":"short","username":"A"}"#, .invalid("password")),
    (#"{"login":"ann","password":["longenough"],"username":"A"}"#, .invalid("password")),
    (#"{"login":"ann","password":"longenough","username":"   "}"#, .invalid("username")),
    (#"{"login":"a\u0000nn","password":"longenough","username":"A"}"#, .invalid("login")),
    (#"[]"#, Failure(.invalid, .notAnObject)),
    (#"7"#, Failure(.invalid, .notAnObject)),
    (#"null"#, Failure(.invalid, .notAnObject)),
  ])
  func `a registration names the first field at fault`(text: String, expected: Failure) {
    #expect(refusal { _ = try Registration(fields(text)) } == expected)
  }

  @Test func `lengths count characters, and their ends are allowed`() throws {
    func form(_ login: Int, _ password: Int, _ username: Int) throws -> Registration {
      let text = { String(repeating: "é", count: $0) }
      return try Registration(
        fields(#"{"login":"\#(text(login))","password":"\#(text(password))","username":"\#(text(username))"}"#)
      )
    }
    _ = try form(3, 8, 1)
    _ = try form(64, 128, 64)
    #expect(refusal { _ = try form(65, 8, 1) } == .invalid("login"))
    #expect(refusal { _ = try form(3, 129, 1) } == .invalid("password"))
    #expect(refusal { _ = try form(3, 8, 65) } == .invalid("username"))
  }

  @Test func `a sign-in needs its four fields, which may be empty`() throws {
    let form = try SignInForm(fields(#"{"email":"a@x.org","password":"","os":"","reg_id":"(null)"}"#))
    #expect(form.password.isEmpty)
    #expect(form.device == DeviceReport(os: nil, token: nil, version: nil))
    #expect(refusal { _ = try SignInForm(fields(#"{"email":"a","password":"p","reg_id":""}"#)) } == .missing("os"))
    let only = refusal { _ = try SignInForm(fields(#"{"facebook_id":"1"}"#)) }
    #expect(only == Failure(.unauthenticated, .wrongCredentials))
  }

  @Test func `a sign-in tells the device and the country`() throws {
    let text = #"{"email":"a","password":"p","os":"iOS","reg_id":"tok","app_version":"2.2","country_code":"FR"}"#
    let form = try SignInForm(fields(text))
    #expect(form.device == DeviceReport(os: .ios, token: "tok", version: "2.2"))
    #expect(form.country == "fr")
  }

  @Test func `a country that is none is as if it were not there`() throws {
    for country in ["", "f", "fra", "f1", "çé"] {
      let form = try SignupForm(fields(#"{"email":"a@x","password":"p","country_code":"\#(country)"}"#))
      #expect(form.country == nil)
    }
  }

  @Test func `an e-mail with a line break never gets near a mail`() throws {
    let text = #"{"email":"a@x.org\r\nBcc: all@x.org","password":"p"}"#
    #expect(refusal { _ = try SignupForm(fields(text)) } == .invalid("email"))
  }

  @Test func `what the planner may say is optional, but must be well formed`() throws {
    let empty = try EnterForm(fields(#"{"jwt_token":"x","username":"","FCMToken":null}"#))
    #expect(empty.email == nil && empty.handle == nil && empty.pushToken == nil && empty.serverCode == nil)
    #expect(refusal { _ = try EnterForm(fields(#"{"email":"nobody"}"#)) } == .invalid("email"))
    #expect(refusal { _ = try EnterForm(fields(#"{"username":{}}"#)) } == .invalid("username"))
  }
}
