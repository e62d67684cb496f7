import JSON
import Kit
import Loop
import Settings
import Testing

/// Chat's rooms and the planner's events over Socket.IO, with clients of both generations.
@Suite(.needsDaemons, .stack([.auth, .chat, .gateway])) @LoopActor struct AppSocketTests {
  /// A client of one generation that has joined the default namespace.
  @LoopActor
  private struct Client {
    let socket: WebSocketClient

    init(_ generation: Int) async throws {
      let path = "/socket.io/?EIO=\(generation)&transport=websocket"
      socket = try await WebSocketClient(port: try StackTrait.stack.httpPort, path: path)
      #expect(try await socket.text().hasPrefix("0{"))
      if generation == 4 { socket.send(text: "40") }
      #expect(try await socket.text().hasPrefix("40"))
    }

    func emit(_ name: String, _ argument: String) { socket.send(text: #"42["\#(name)",\#(argument)]"#) }

    /// The next event: its name and its one argument.
    func event() async throws -> (name: String, argument: JSONValue) {
      while true {
        let text = try await socket.text()
        guard text.hasPrefix("42") else { continue }
        let event = try #require(try JSONValue(parsing: Array(text.utf8.dropFirst(2))).array)
        return (try #require(event.first?.string), try #require(event.last))
      }
    }

    /// Waits for the packet that disconnects for good.
    func disconnected() async throws {
      while try await socket.text(within: .seconds(15)) != "41" {}
      socket.cut()
    }
  }

  private func handshake(_ caller: ChatCaller, _ room: String) -> String {
    ChatListener.handshake(caller.member, room, after: 0)
  }

  @Test(arguments: [3, 4]) func `a room is heard after auth, as object or as text`(generation: Int) async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("sio-ann\(generation)", on: stack),
      try await ChatCaller.registered("sio-bob\(generation)", on: stack)
    )
    let room = try await ann.createRoom()
    try await bob.join(room)
    try await ann.send("before", to: room)
    let client = try await Client(generation)
    defer { client.socket.cut() }
    client.emit("auth", handshake(ann, room))
    let first = try await client.event()
    #expect(first.name == "new_msg")
    #expect(try ChatEntry(first.argument).text == "before")
    #expect(try await client.event().name == "join_room")
    let other = try await Client(4)
    let escaped = handshake(bob, room).replacing("\"", with: "\\\"")
    other.emit("auth", "\"\(escaped)\"")
    let joined = try await client.event()
    #expect(joined.name == "join_room" && joined.argument.member("user")?.string == "SIO-BOB\(generation)")
    try await bob.send("after", to: room)
    let second = try await client.event()
    let stored = try await ann.history(room)
    #expect(try ChatEntry(second.argument) == stored[1])
    other.socket.cut()
    let left = try await client.event()
    #expect(left.name == "leave_room" && left.argument.member("user")?.string == "SIO-BOB\(generation)")
    client.emit("auth", handshake(ann, room))
    try await client.disconnected()
  }

  @Test func `who asks is told of people and typing, others of no more than ever`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("sio-ask", on: stack), try await ChatCaller.registered("sio-type", on: stack)
    )
    let room = try await ann.createRoom()
    try await bob.join(room)
    let (curious, plain) = (try await Client(4), try await Client(3))
    defer { for client in [curious, plain] { client.socket.cut() } }
    curious.emit("auth", handshake(ann, room).dropLast() + #","notices":true}"#)
    let list = try await curious.event()
    #expect(list.name == "present" && list.argument.array?.map { $0.member("username")?.string } == ["SIO-ASK"])
    plain.emit("auth", handshake(bob, room))
    plain.emit("typing", #"{"typing":true}"#)
    var heard: Set<String> = []
    while !heard.isSuperset(of: ["typing", "presence", "join_room"]) { heard.insert(try await curious.event().name) }
    // What was heard may have been ann's own coming; his own is told to him before he can be sure of any message.
    var names = [try await plain.event().name]
    try await ann.send("so", to: room)
    while names.last != "new_msg" { names.append(try await plain.event().name) }
    #expect(Set(names) == ["join_room", "new_msg"])
  }

  @Test(arguments: ["7", #""{""#, "{}", #"{"uuid":"x"}"#]) func `what is no auth disconnects`(argument: String)
    async throws
  {
    let client = try await Client(4)
    client.emit("auth", argument)
    try await client.disconnected()
  }

  @Test func `who says nothing is disconnected after ten seconds`() async throws {
    let client = try await Client(4)
    let started = ContinuousClock.now
    try await client.disconnected()
    #expect(.now - started > .seconds(8))
  }

  @Test func `a removed member is disconnected at once`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("sio-own", on: stack), try await ChatCaller.registered("sio-out", on: stack)
    )
    let room = try await ann.createRoom()
    try await bob.join(room)
    try await ann.send("x", to: room)
    let client = try await Client(4)
    client.emit("auth", handshake(bob, room))
    #expect(try await client.event().name == "new_msg")
    #expect(try await ann.post("/remove-member", #"{"room_gid":"\#(room)","uuid":"\#(bob.member.id)"}"#).status == 200)
    try await client.disconnected()
  }

  // MARK: - Events

  /// Says who is in an event, as the calendar does.
  private func set(_ event: String, _ members: [ChatCaller], revision: Int) async throws {
    let bus = try await RawConnection(port: try StackTrait.stack.busPort(of: .chat))
    defer { bus.close() }
    let ids = members.map { "\"\($0.member.id)\"" }.joined(separator: ",")
    bus.send(
      #"{"call":"chat.set_event_room","id":1,"body":{"event":"\#(event)","members":[\#(ids)],"revision":\#(revision)}}"#
        + "\n"
    )
    _ = try await bus.line()
    #expect(try await bus.line() == #"{"reply":1,"body":{}}"#)
  }

  @Test func `jarvis 14: members hear each message once, outsiders and the unknown nothing`() async throws {
    let stack = try StackTrait.stack
    let event = "aa0f6f5e3f6b4d6e9b9a0f4c8a6f2a33"
    var callers: [ChatCaller] = []
    for login in ["ev-ann", "ev-bob", "ev-eve"] { callers.append(try await ChatCaller.registered(login, on: stack)) }
    let (ann, bob, eve) = (callers[0], callers[1], callers[2])
    var clients: [Client] = []
    for (caller, generation) in [(ann, 3), (bob, 4), (eve, 3)] {
      let client = try await Client(generation)
      for _ in 0..<2 { client.emit("authenticate", #"{"idToken":"\#(caller.member.token)"}"#) }
      // Its answer proves that the two before it were taken.
      client.emit("none.send", #"{"message":"x"}"#)
      #expect(try await client.event().name == "error")
      clients.append(client)
    }
    let silent = try await Client(4)
    defer { for client in clients + [silent] { client.socket.cut() } }
    try await set(event, [ann, bob], revision: 1)
    for client in clients[..<2] {
      let told = try await client.event()
      #expect(told.name == "event" && told.argument.member("msg")?.string == event)
    }
    // Bob goes and comes back before he writes.
    clients[1].socket.cut()
    clients[1] = try await Client(4)
    clients[1].emit("authenticate", #"{"idToken":"\#(bob.member.token)"}"#)
    clients[1].emit("\(event).send", #"{"name":"x","message":"hi","date":"Nov 21, 2026","time":"10:01 AM"}"#)
    for client in clients[..<2] {
      let heard = try await client.event()
      #expect(heard.name == "\(event).message")
      #expect(heard.argument.member("message")?.string == "hi" && heard.argument.member("time")?.string == "10:01 AM")
      #expect(heard.argument.member("event")?.string == event)
      #expect(heard.argument.member("sender")?.string == bob.member.id)
      #expect((heard.argument.member("timestamp")?.number?.double ?? 0) > 1_700_000_000)
    }
    clients[2].emit("\(event).send", #"{"message":"let me in"}"#)
    #expect(try await clients[2].event().name == "error")
    silent.emit("\(event).send", #"{"message":"and me"}"#)
    #expect(try await silent.event().name == "error")
    try await set(event, [ann], revision: 2)
    clients[0].emit("\(event).send", #"{"message":"alone"}"#)
    #expect(try await clients[0].event().argument.member("message")?.string == "alone")
    clients[1].emit("\(event).send", #"{"message":"still?"}"#)
    #expect(try await clients[1].event().name == "error")
    #expect(try await ann.post("/logout", "{}").status == 200)
    try await clients[0].disconnected()
  }
}
