import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenario of jarvis.md 5 about an event's chat, from the calendar to the sockets.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisSocketTests {
  /// A client of one generation that has joined the default namespace.
  @LoopActor
  private struct Client {
    private let socket: WebSocketClient

    init(_ generation: Int, _ stack: Stack) async throws {
      let path = "/socket.io/?EIO=\(generation)&transport=websocket"
      socket = try await WebSocketClient(port: stack.httpPort, path: path)
      #expect(try await socket.text().hasPrefix("0{"))
      if generation == 4 { socket.send(text: "40") }
      #expect(try await socket.text().hasPrefix("40"))
    }

    func emit(_ name: String, _ argument: String) { socket.send(text: #"42["\#(name)",\#(argument)]"#) }

    func authenticate(_ member: Member) { emit("authenticate", #"{"idToken":"\#(member.token)"}"#) }

    /// The next event: its name and its one argument.
    func event() async throws -> (name: String, argument: JSONValue) {
      while true {
        let text = try await socket.text()
        guard text.hasPrefix("42") else { continue }
        let event = try #require(try JSONValue(parsing: Array(text.utf8.dropFirst(2))).array)
        return (try #require(event.first?.string), try #require(event.last))
      }
    }

    /// The next message of an event's chat; that the client is in it may be told before.
    func message() async throws -> String? {
      while true {
        let event = try await event()
        if event.name != "event" { return event.argument.member("message")?.string }
      }
    }

    /// Waits until the server lets go of it.
    func dismissed() async throws { while try await socket.text(within: .seconds(30)) != "41" {} }

    func cut() { socket.cut() }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 14: who comes hears each message once, outsiders and the unknown nothing`(signIn: SignIn) async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway], as: signIn) { it in
      var clients: [Client] = []
      for (member, generation) in [(it.ann, 3), (it.bob, 4), (it.cyd, 3)] {
        let client = try await Client(generation, it.stack)
        for _ in 0..<2 { client.authenticate(member) }
        // Its answer proves that the two before it were taken.
        client.emit("none.send", #"{"message":"x"}"#)
        #expect(try await client.event().name == "error")
        clients.append(client)
      }
      let silent = try await Client(4, it.stack)
      defer { for client in clients + [silent] { client.cut() } }
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      for client in clients[..<2] {
        let told = try await client.event()
        #expect(told.name == "event" && told.argument.member("msg")?.string == lunch)
      }
      // Bob goes and comes back before he writes.
      clients[1].cut()
      clients[1] = try await Client(4, it.stack)
      clients[1].authenticate(it.bob)
      clients[1].emit("\(lunch).send", #"{"name":"Bobby","message":"hi","time":"10:01 AM"}"#)
      for client in clients[..<2] {
        let heard = try await client.event()
        #expect(heard.name == "\(lunch).message")
        #expect(heard.argument.member("message")?.string == "hi")
        #expect(heard.argument.member("name")?.string == "Bobby")
        #expect(heard.argument.member("time")?.string == "10:01 AM")
        #expect(heard.argument.member("sender")?.string == "bob@x.org")
        #expect((heard.argument.member("timestamp")?.number?.double ?? 0) >= Double(CalendarStack.monday))
      }
      // Had either heard it twice, this would not be the next.
      clients[0].emit("\(lunch).send", #"{"message":"two","time":"10:02 AM"}"#)
      for client in clients[..<2] { #expect(try await client.event().argument.member("message")?.string == "two") }
      for client in [clients[2], silent] {
        client.emit("\(lunch).send", #"{"message":"let me in"}"#)
        #expect(try await client.event().name == "error")
      }
    }
  }

  @Test func `jarvis 3.7: a socket ends with the token it came with`() async throws {
    try await GoogleIssuer.with { stack, google in
      let began = ContinuousClock.now
      let token = google.token("ann@x.org", lasting: 12)
      #expect(try await stack.client().post("/user", json: #"{"idToken":"\#(token)"}"#).status == 200)
      let ann = try await Client(4, stack)
      defer { ann.cut() }
      ann.authenticate(Member(id: "", token: token))
      // No chat runs here: that it is asked shows who is let through.
      ann.emit("none.send", #"{"message":"x"}"#)
      #expect(try await ann.event().argument.member("msg")?.string == "service unavailable")
      try await ann.dismissed()
      // Ends are told in whole seconds.
      #expect(ContinuousClock.now - began >= .seconds(11))
      #expect(try await stack.client().get("/user?q=", headers: [("Authorization", "Bearer \(token)")]).status == 401)
    }
  }

  @Test func `jarvis 3.8: who does not hear a message live gets a push, who does gets none`() async throws {
    try await PushStub.with([.auth, .calendar, .chat, .delivery, .gateway]) { stack, stub in
      let it = try await CalendarStack.on(stack)
      for member in [it.bob, it.cyd] {
        #expect(try await it.send("POST", "/user", #"{"FCMToken":"\#(member.id)"}"#, by: member).status == 200)
      }
      // A push to a telephone that delivery has not heard of yet is dropped.
      try await stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM auth.outbox") }
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      let bob = try await Client(4, stack)
      defer { bob.cut() }
      bob.authenticate(it.bob)
      bob.emit("\(lunch).send", #"{"message":"one"}"#)
      #expect(try await bob.message() == "one")
      #expect(try await it.send("POST", "/events/\(lunch)/messages", #"{"message":"two"}"#, by: it.ann).status == 200)
      let pushes = try await stub.pushes(to: it.cyd.id, 4).compactMap { $0.data["type"]?.string }
      #expect(pushes.sorted() == ["active", "chat", "chat", "invite"])
      let chat = try await stub.pushes(to: it.cyd.id, 4).first { $0.data["type"]?.string == "chat" }
      #expect(chat?.data["event_id"]?.string == lunch && chat?.collapse == "chat \(lunch)")
      // Both messages were told of in one go each, and bob is not among the told.
      let accepted = try await stack.rows("SELECT key FROM delivery.job_key WHERE key ~ '^[0-9a-f]{64} '")
      #expect(accepted.filter { $0.hasSuffix(it.bob.id) }.isEmpty)
      #expect(accepted.filter { $0.hasSuffix(it.cyd.id) }.count == 2)
    }
  }
}
