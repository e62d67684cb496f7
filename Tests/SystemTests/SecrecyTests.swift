import Glibc
import JSON
import Kit
import Loop
import Security
import Settings
import Testing

/// What nobody may read: secrets in logs, and the bus without its key.
@Suite(.serialized, .needsDaemons) @LoopActor struct SecrecyTests {
  @Test func `no log tells a password, a token, a code, an e-mail or what people wrote`() async throws {
    try await GoogleIssuer.with { stack, google in
      let client = stack.client()
      var secrets = ["annabel@private.example", "annabel", "battery staple", "0033199001201", "Wrong Guess", "sesame"]
      let chat = try await client.chatMember("annabel", "battery staple")
      let app = try await client.appMember("annabel@private.example", appPassword(77))
      let jwt = google.token("annabel@private.example")
      secrets += [chat.token, app.token, jwt, String(jwt.split(separator: ".")[2]), appPassword(77), appPassword(78)]

      _ = await statuses(of: 10) { try await client.register("annabel", "battery staple", username: "Sesame") }
      _ = await statuses(of: 10) { try await client.signUp("annabel.two@private.example", appPassword(77)) }
      _ = try await client.logIn("annabel", "Wrong Guess")
      _ = try await client.setPhone("0033199001201", of: app)
      _ = try await client.get("/send_reset_mail?email=annabel@private.example")
      let code = try await stack.mailedCode(to: "annabel@private.example")
      secrets += [code, code.lowercased()]
      _ = try await client.reset("annabel@private.example", code: "SESAME00", to: appPassword(78))
      _ = try await client.reset("annabel@private.example", code: code, to: appPassword(78))
      _ = try await client.post("/user", json: #"{"idToken":"\#(jwt)","username":"sesame"}"#)
      _ = try await client.get("/user?q=annabel", headers: chat.bearer)
      _ = try await client.get("/user/annabel@private.example", headers: chat.bearer)
      _ = try await client.get("/sesame/annabel@private.example?token=\(app.token)", headers: [("X", "sesame")])
      for path in ["/register", "/login", "/signup", "/user", "/create-room"] {
        for body in [#"{"login":"sesame","password":["#, #"{"email":7,"login":{"sesame":1}}"#, #""sesame""#] {
          _ = try await client.post(path, json: body, headers: chat.bearer)
        }
      }
      _ = try await client.post("/logout", json: "{}", headers: chat.bearer)

      let lines = stack.allLines.map { $0.lowercased() }
      // The requests above were logged at all.
      #expect(lines.count { $0.contains(#""answered""#) } >= 40)
      for secret in secrets {
        let told = lines.filter { $0.contains(secret.lowercased()) }
        #expect(told.isEmpty, "\(secret): \(told.prefix(2))")
      }
    }
  }

  @Test func `chat 22: no log tells what people say in a room, nor do other tables`() async throws {
    try await AccountStack.with([.auth, .chat, .gateway]) { stack in
      let client = stack.client()
      let ann = try await client.chatMember("ann")
      let made = try await client.post("/create-room", json: "{}", headers: ann.bearer)
      let room = try #require(try made.value("data", "room_gid")?.string)
      for text in [#""under the old oak""#, #""under the old oak\u0000""#, #"["under the old oak"]"#] {
        let body = #"{"room_gid":"\#(room)","msg":\#(text)}"#
        _ = try await client.post("/send-message", json: body, headers: ann.bearer)
      }
      let history = try await client.get("/get-room-history?room_gid=\(room)", headers: ann.bearer)
      #expect(history.text.contains("under the old oak"))
      let listener = try await ChatListener(stack.chatPort, ChatListener.handshake(ann, room, after: 0))
      let refused = try await ChatListener(stack.chatPort, ChatListener.handshake(ann, room) + "under the old oak")
      defer { for listener in [listener, refused] { listener.close() } }
      try await listener.has(1)
      let tables = try await stack.rows(
        """
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname IN ('auth', 'chat') AND (schemaname, tablename) <> ('chat', 'message')
        """
      )
      #expect(tables.contains("chat.room") && tables.contains("auth.session"))
      let all = tables.map { "SELECT row_to_json(t)::text FROM \($0) t" }.joined(separator: " UNION ALL ")
      for row in try await stack.rows(all) {
        #expect(!row.contains("old oak") && !row.contains(ann.token) && !row.contains("correct horse"))
      }
      for secret in ["old oak", ann.token, "correct horse", room] {
        let told = stack.allLines.filter { $0.contains(secret) }
        #expect(told.isEmpty, "\(secret): \(told.prefix(2))")
      }
    }
  }

  @Test func `nor does the database's log tell whose e-mail was taken`() async throws {
    try await AccountStack.with([.auth]) { stack throws in
      #expect(try await stack.rows("SHOW log_error_verbosity") == ["terse"])
      #expect(try await stack.rows("SHOW log_parameter_max_length_on_error") == ["0"])
    }
  }

  @Test func `no secret lies in auth's tables as it was sent`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let chat = try await client.chatMember("annabel", "battery staple")
      let app = try await client.appMember("annabel@private.example", appPassword(77))
      _ = try await client.get("/send_reset_mail?email=annabel@private.example")
      let code = try await stack.mailedCode(to: "annabel@private.example")
      let tables = try await stack.rows(
        "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'auth' AND tablename <> 'outbox'"
      )
      #expect(tables.contains("session") && tables.contains("reset_code"))
      let all = tables.map { "SELECT row_to_json(t)::text FROM auth.\($0) t" }.joined(separator: " UNION ALL ")
      let rows = try await stack.rows(all)
      #expect(rows.contains { $0.contains("annabel@private.example") })
      for secret in ["battery staple", appPassword(77), chat.token, app.token, code] {
        let hex = Hex.encode(Array(secret.utf8))
        #expect(!rows.contains { $0.contains(secret) || $0.contains(hex) }, "\(secret)")
      }
    }
  }

  // MARK: - The bus

  private static let key = "correct horse battery staple key"

  private func withKeyedBus(_ body: @LoopActor (Stack) async throws -> Void) async throws {
    let file = "\(TestEnvironment.state)/bus-key-\(getpid())"
    let descriptor = open(file, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
    let written = write(descriptor, Self.key, Self.key.utf8.count)
    close(descriptor)
    defer { unlink(file) }
    #expect(written == Self.key.utf8.count)
    try await AccountStack.with(settings: ["CARILLON_BUS_KEY_FILE": file], body)
  }

  private func challenge(_ connection: RawConnection) async throws -> String {
    let hello = try JSONValue(parsing: Array(try await connection.line().utf8))
    #expect(hello.member("hello")?.string == "auth")
    return try #require(hello.member("challenge")?.string)
  }

  private let call = #"{"call":"auth.search","id":1,"body":{"text":""}}"# + "\n"

  @Test func `a bus with a key answers whoever proves it, the gateway among them`() async throws {
    try await withKeyedBus { stack in
      _ = try await stack.client().appMember("ann@x.org")
      let connection = try await RawConnection(port: stack.busPort(of: .auth))
      defer { connection.close() }
      let challenge = try await challenge(connection)
      let proof = Hex.encode(HMAC.sha256(key: Array(Self.key.utf8), Array(challenge.utf8)))
      connection.send(#"{"proof":"\#(proof)"}"# + "\n" + call)
      #expect(try await connection.line().contains("ann@x.org"))
    }
  }

  @Test func `a bus with a key closes on whoever does not have it, without a word`() async throws {
    try await withKeyedBus { stack in
      _ = try await stack.client().appMember("ann@x.org")
      let wrong = Hex.encode(HMAC.sha256(key: Array("another key of some length".utf8), [1, 2, 3]))
      for opening in [#"{"proof":"\#(wrong)"}"# + "\n", #"{"proof":""}"# + "\n", "", "nonsense\n"] {
        let connection = try await RawConnection(port: stack.busPort(of: .auth))
        defer { connection.close() }
        _ = try await challenge(connection)
        connection.send(opening + call)
        try await connection.closedByPeer()
        #expect(connection.inbox.isEmpty, "\(opening)")
      }
      // Each proof answers one challenge: heard on another connection it is worth nothing.
      let first = try await RawConnection(port: stack.busPort(of: .auth))
      defer { first.close() }
      let heard = Hex.encode(HMAC.sha256(key: Array(Self.key.utf8), Array(try await challenge(first).utf8)))
      let second = try await RawConnection(port: stack.busPort(of: .auth))
      defer { second.close() }
      _ = try await challenge(second)
      second.send(#"{"proof":"\#(heard)"}"# + "\n" + call)
      try await second.closedByPeer()
      #expect(second.inbox.isEmpty)
    }
  }

  @Test(arguments: ["auth", "gateway"])
  func `off loopback no daemon starts without the bus key`(service: String) async throws {
    let program = "\(TestEnvironment.daemons ?? "")/carillon-\(service)"
    let environment = ["CARILLON_BUS_BIND": "0.0.0.0", "CARILLON_DATABASE_URL": "postgresql:///none"]
    let child = try ChildProcess([program], environment: environment)
    #expect(try await child.ended() == .exited(100))
    #expect(child.lines.contains { $0.contains("CARILLON_BUS_KEY_FILE") && $0.contains("key is required") })
  }
}
