import JSON
import Kit
import Loop
import Testing

/// The acceptance scenarios of pictever.md 5 that are about accounts.
@Suite(.serialized, .needsDaemons) @LoopActor struct PicteverAccountTests {
  private static let keys: Set<String> = [
    "user_id", "web_app_url", "ios_version_needed", "android_version_needed", "force_update", "android_update_link",
    "ios_update_link", "aws_account_id", "amazon_app_id", "cognito_pool_id", "cognito_role_unauth",
    "cognito_role_auth", "bucket_name", "cloudfront",
  ]

  @Test func `pictever 1: an e-mail signs up once, however many try`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let first = try await client.signUp("ann@x.org")
      #expect(first.status == 200)
      #expect(first.body.isEmpty)
      let taken = try await client.signUp("ANN@x.org")
      #expect(taken.status == 406)
      #expect(try taken.value("error")?.string == "email_taken")
      #expect(try taken.value("message")?.string == "this e-mail has an account already")
      let seen = await statuses(of: 20) { try await client.signUp("new@x.org") }
      #expect(seen == [200] + Array(repeating: 406, count: 19))
      #expect(try await stack.rows("SELECT email FROM auth.account ORDER BY email") == ["ann@x.org", "new@x.org"])
      #expect(try await client.post("/signup", form: [("email", "bob@x.org")]).status == 400)
    }
  }

  @Test func `pictever 2: a sign-in tells the app where everything is and opens a session`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      _ = try await client.signUp("ann@x.org")
      let reply = try await client.signIn("ann@x.org")
      #expect(reply.status == 200 && reply.header("Content-Type") == "application/json")
      let members = try #require(try reply.json().object).members
      #expect(Set(members.map(\.name)) == Self.keys)
      #expect(members.count == 14)
      for member in members { #expect(member.value.string != nil, "\(member.name) is no string") }
      #expect(try reply.value("web_app_url")?.string == "http://127.0.0.1:\(client.port)/")
      let cookie = try #require(reply.header("Set-Cookie"))
      let flags = cookie.split(separator: ";").dropFirst().map { $0.drop { $0 == " " } }
      #expect(flags.contains("HttpOnly"))
      #expect(flags.contains("Path=/"))
    }
  }

  @Test func `pictever 2: who does not prove to be somebody is refused`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      _ = try await client.signUp("ann@x.org")
      for (email, password) in [("ann@x.org", appPassword(2)), ("bob@x.org", appPassword(1)), ("ann@x.org", "")] {
        let reply = try await client.signIn(email, password)
        #expect(reply.status == 401, "\(email)")
        #expect(reply.header("Set-Cookie") == nil, "\(email)")
      }
      let right = [("email", "ann@x.org"), ("password", appPassword(1))]
      #expect(try await client.post("/login", form: right + [("reg_id", "")]).status == 400)
      #expect(try await client.post("/login", form: right + [("os", "ios")]).status == 400)
      #expect(try await client.post("/login", form: [("facebook_id", "1")]).status == 401)
    }
  }

  @Test func `pictever 2: bodies that are not encoded, not typed, or JSON sign in too`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      _ = try await client.signUp("ann@x.org")
      let raw = "email=ann@x.org&password=\(appPassword(1))&os=ios&reg_id=(null)"
      #expect(try await client.send("POST", "/login", body: Array(raw.utf8)).status == 200)
      let json = #"{"email":"ann@x.org","password":"\#(appPassword(1))","os":"ios","reg_id":""}"#
      #expect(try await client.post("/login", json: json).status == 200)
    }
  }

  @Test func `pictever 3: without a session nothing is received`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let ann = try await client.appMember("ann@x.org")
      #expect(try await client.get("/receive_all?ts=0").status == 401)
      #expect(try await client.get("/receive_all?ts=0", headers: [("Cookie", "carillon_session=x")]).status == 401)
      // No delivery runs here: that it is asked at all shows that the session counts.
      #expect(try await client.get("/receive_all?ts=0", headers: ann.cookie).status == 503)
      let out = try await client.send("POST", "/logout", headers: ann.cookie)
      #expect(out.status == 200)
      #expect(out.body.isEmpty)
      #expect(out.header("Set-Cookie")?.contains("Max-Age=0") == true)
      let after = try await client.get("/receive_all?ts=0", headers: ann.cookie)
      #expect(after.status == 401)
      #expect(try after.value("error")?.string == "unauthenticated")
      #expect(try await client.send("POST", "/logout", headers: ann.cookie).status == 401)
    }
  }

  @Test func `pictever 4: a number belongs to one account until that takes another`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let (ann, bob) = (try await client.appMember("ann@x.org"), try await client.appMember("bob@x.org"))
      let phone = "SELECT phone FROM auth.device WHERE account = '\(ann.id)'"
      let set = try await client.setPhone("00 33 1 99 00 12 01", of: ann)
      #expect(set.status == 200)
      #expect(set.body.isEmpty)
      #expect(try await stack.rows(phone) == ["0033199001201"])
      let taken = try await client.setPhone("+33199001201", of: bob)
      #expect(taken.status == 406)
      #expect(try taken.value("error")?.string == "phone_taken")
      #expect(try await client.setPhone("0033 (0)199.00.12-01", of: ann).status == 200)
      #expect(try await stack.rows(phone) == ["0033199001201"])
      #expect(try await client.setPhone("0033199001299", of: ann).status == 200)
      #expect(try await client.setPhone("+33199001201", of: bob).status == 200)
      #expect(try await client.setPhone("no number", of: bob).status == 400)
      let stranger = Member(id: "", token: "x")
      #expect(try await client.setPhone("0033199001203", of: stranger).status == 401)
    }
  }

  @Test func `pictever 21: a code is asked for, tried five times, and used once`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let email = "ann@x.org"
      let ann = try await client.appMember(email)
      for code in ["", "00000000", "AAAAAAAA"] {
        // Nothing was asked for yet, so no code is right.
        #expect(try await client.reset(email, code: code, to: appPassword(2)).status == (code.isEmpty ? 400 : 406))
      }
      #expect(try await client.get("/send_reset_mail?email=\(email)").status == 200)
      let spent = try await stack.mailedCode(to: email)
      for _ in 0..<5 { #expect(try await client.reset(email, code: "00000000", to: appPassword(2)).status == 406) }
      #expect(try await client.reset(email, code: spent, to: appPassword(2)).status == 406)
      #expect(try await client.signIn(email).status == 200)

      #expect(try await client.post("/send_reset_mail", form: [("email", email)]).status == 200)
      let code = try await stack.mailedCode(to: email)
      #expect(code != spent)
      let done = try await client.reset(email, code: code.lowercased(), to: appPassword(2))
      #expect(done.status == 200)
      #expect(done.body.isEmpty)
      #expect(try await client.signIn(email).status == 401)
      #expect(try await client.signIn(email, appPassword(2)).status == 200)
      #expect(try await client.reset(email, code: code, to: appPassword(3)).status == 406)
      // Whoever was inside is out.
      #expect(try await client.get("/receive_all?ts=0", headers: ann.cookie).status == 401)
    }
  }

  @Test func `pictever 21: a code ends after half an hour, and an unknown e-mail is told or not as set`() async throws {
    for (setting, unknown, unheard) in [("1", 406, 401), ("0", 200, 406)] {
      try await AccountStack.with(settings: ["CARILLON_LEGACY_406": setting]) { stack in
        let client = stack.client()
        _ = try await client.signUp("ann@x.org")
        #expect(try await client.get("/send_reset_mail?email=ann@x.org").status == 200)
        let code = try await stack.mailedCode(to: "ann@x.org")
        try await stack.moveClock(by: 30 * 60 + 1)
        #expect(try await client.reset("ann@x.org", code: code, to: appPassword(2)).status == 406)
        #expect(try await client.get("/send_reset_mail?email=bob@x.org").status == unknown)
        #expect(try await client.reset("bob@x.org", code: code, to: appPassword(2)).status == unheard)
      }
    }
  }
}
