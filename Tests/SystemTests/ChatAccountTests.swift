import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of chat.md 7 that are about accounts.
@Suite(.serialized, .needsDaemons) @LoopActor struct ChatAccountTests {
  private func refusal(_ code: Int, _ message: String) -> String {
    #"{"ok":false,"error":{"code":\#(code),"message":"\#(message)"}}"#
  }

  @Test func `chat 1: a login can be registered once`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let first = try await client.register("ann", username: "Ann")
      #expect(first.status == 200)
      #expect(first.text == #"{"ok":true}"#)
      #expect(first.header("Content-Type") == "application/json")
      let second = try await client.register("ann", username: "Ann")
      #expect(second.status == 409)
      #expect(second.text == refusal(409, "User already exists"))
    }
  }

  @Test func `chat 2: fifty parallel registrations make one account`() async throws {
    try await AccountStack.with { stack throws in
      let client = stack.client()
      let seen = await statuses(of: 50) { try await client.register("new", username: "New") }
      #expect(seen == [200] + Array(repeating: 409, count: 49))
      #expect(try await stack.rows("SELECT count(*) FROM auth.account WHERE login = 'new'") == ["1"])
    }
  }

  @Test func `chat 3: what is no registration is refused in the contract's words`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let short = try await client.post("/register", json: #"{"login":"x"}"#)
      #expect(short.status == 400)
      #expect(short.text == refusal(400, "Missing param: password"))
      let json = [("Content-Type", "application/json")]
      for body in ["[]", "7", "{"].map({ Array($0.utf8) }) + [[0xFF, 0xFE]] {
        for path in ["/register", "/login"] {
          let reply = try await client.send("POST", path, headers: json, body: body)
          #expect(reply.status == 400, "\(path) \(body)")
          #expect(reply.text == refusal(400, "Invalid data."), "\(path) \(body)")
        }
      }
      #expect(try await client.register("ann", username: "Ann").status == 200)
    }
  }

  private static let faults = [
    (#"{"login":null,"password":"","username":"A"}"#, "Missing param: login"),
    (#"{"login":"ann","password":"","username":"A"}"#, "Missing param: password"),
    (#"{"login":"ann","password":"correct horse","username":""}"#, "Missing param: username"),
    (#"{"login":7,"password":"correct horse","username":"A"}"#, "Invalid param: login"),
    (#"{"login":" ab ","password":"correct horse","username":"A"}"#, "Invalid param: login"),
    (#"{"login":"ann","password":"short","username":"A"}"#, "Invalid param: password"),
    (#"{"login":"ann","password":"correct horse","username":"  "}"#, "Invalid param: username"),
  ]

  @Test func `chat 3: the field at fault is named`() async throws {
    try await AccountStack.with { stack in
      for (body, message) in Self.faults {
        let reply = try await stack.client().post("/register", json: body)
        #expect(reply.status == 400)
        #expect(reply.text == refusal(400, message))
      }
    }
  }

  @Test func `chat 4: the right password opens a session, a wrong one and an unknown login look the same`() async throws
  {
    try await AccountStack.with { stack in
      let client = stack.client()
      _ = try await client.register("ann", username: "Ann")
      let reply = try await client.logIn("ann")
      #expect(reply.status == 200)
      let data = try #require(try reply.value("data"))
      #expect(data.member("username")?.string == "Ann")
      let uuid = try #require(data.member("uuid")?.string)
      #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
      // 256 random bits take 43 characters.
      #expect((data.member("token")?.string?.utf8.count ?? 0) >= 43)
      #expect((data.member("expires_at")?.number?.int ?? 0) > 1_700_000_000)
      let wrong = try await client.logIn("ann", "incorrect horse")
      let unknown = try await client.logIn("nobody")
      #expect(wrong.status == 401 && unknown.status == 401)
      #expect(wrong.text == refusal(401, "Login or password is invalid"))
      #expect(unknown.text == wrong.text)
    }
  }

  @Test func `chat 5: the eleventh wrong password of a minute is one too many, for this login only`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      for login in ["ann", "bob"] { _ = try await client.register(login, username: login) }
      for _ in 0..<10 { #expect(try await client.logIn("ann", "incorrect horse").status == 401) }
      let limited = try await client.logIn("ann", "incorrect horse")
      #expect(limited.status == 429)
      #expect(limited.text == refusal(429, "Too many attempts"))
      let wait = try #require(limited.header("Retry-After").flatMap(Int.init))
      #expect((1...60).contains(wait))
      // Not even the right password is listened to, or guessing would go on.
      #expect(try await client.logIn("ann").status == 429)
      #expect(try await client.logIn("bob").status == 200)
      try await stack.moveClock(by: Double(wait + 1))
      #expect(try await client.logIn("ann").status == 200)
    }
  }

  @Test func `chat 11: the header must agree with the token, and alone it is nobody`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let (ann, bob) = (try await client.chatMember("ann"), try await client.chatMember("bob"))
      let mismatch = try await client.post("/create-room", json: "{}", headers: ann.bearer + [("user", bob.id)])
      #expect(mismatch.status == 403)
      #expect(mismatch.text == refusal(403, "User mismatch"))
      for headers in [[("user", ann.id)], [], [("Authorization", "Bearer \(ann.id)")], [("User", "ann")]] {
        for path in ["/create-room", "/send-message"] {
          let reply = try await client.post(path, json: "{}", headers: headers)
          #expect(reply.status == 401, "\(path) \(headers)")
          #expect(reply.text == refusal(401, "Unknown user"), "\(path) \(headers)")
        }
      }
    }
  }

  @Test func `chat 6: a session makes rooms, each with a code of its own`() async throws {
    try await AccountStack.with([.auth, .chat, .gateway]) { stack in
      let client = stack.client()
      let ann = try await client.chatMember("ann")
      let stranger = try await client.post("/create-room", json: "{}")
      #expect(stranger.status == 401)
      #expect(stranger.text == refusal(401, "Unknown user"))
      var codes: Set<String> = []
      for _ in 0..<20 {
        for reply in await replies(of: 50, { try await client.post("/create-room", json: "{}", headers: ann.bearer) }) {
          let code = try #require(try reply?.value("data", "room_gid")?.string)
          #expect(code.wholeMatch(of: /[A-HJ-NP-Za-km-z2-9]{8}/) != nil, "\(code)")
          codes.insert(code)
        }
      }
      #expect(codes.count == 1000)
    }
  }

  @Test func `chat 11: behind a trusted proxy the header alone is a known user, or nobody`() async throws {
    let trusting = ["CARILLON_TRUST_IDENTITY_HEADERS": "1"]
    try await AccountStack.with([.auth, .chat, .gateway], settings: trusting) { stack in
      let client = stack.client()
      let (ann, bob) = (try await client.chatMember("ann"), try await client.chatMember("bob"))
      let made = try await client.post("/create-room", json: "{}", headers: [("user", ann.id)])
      #expect(made.status == 200)
      let room = try #require(try made.value("data", "room_gid")?.string)
      let own = try await client.get("/rooms", headers: ann.bearer)
      #expect(own.text.contains(room))
      let unknown = [("user", "00000000-0000-4000-8000-000000000000")]
      for headers in [unknown, [("user", "ann")], [("user", "")]] {
        let reply = try await client.post("/create-room", json: "{}", headers: headers)
        #expect(reply.status == 401, "\(headers)")
        #expect(reply.text == refusal(401, "Unknown user"), "\(headers)")
      }
      // A token is still worth more than a header.
      let mismatch = try await client.post("/create-room", json: "{}", headers: ann.bearer + [("user", bob.id)])
      #expect(mismatch.status == 403)
    }
  }

  @Test func `a logout ends this session and no other`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let first = try await client.chatMember("ann")
      let second = Member(
        id: first.id,
        token: try #require(try await client.logIn("ann").value("data", "token")?.string)
      )
      #expect(try await client.get("/user/\(first.id)/friends", headers: second.bearer).status == 200)
      #expect(try await client.post("/logout", json: "{}", headers: first.bearer).text == #"{"ok":true}"#)
      let again = try await client.post("/logout", json: "{}", headers: first.bearer)
      #expect(again.status == 401)
      #expect(again.text == refusal(401, "Unknown user"))
      #expect(try await client.get("/user/\(first.id)/friends", headers: second.bearer).status == 200)
    }
  }
}
