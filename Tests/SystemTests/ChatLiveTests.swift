import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of chat.md 7 that are about the live port.
@Suite(
  .needsDaemons,
  .stack([.auth, .chat, .gateway], settings: ["CARILLON_CHAT_SEND_BURST": "10000", "CARILLON_CHAT_SEND_RATE": "1000"])
)
@LoopActor
struct ChatLiveTests {
  @Test func `chat 12: a listener hears others and itself, and nothing before`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("ann12", on: stack), try await ChatCaller.registered("bob12", on: stack)
    )
    let room = try await ann.createRoom()
    try await bob.join(room)
    try await ann.send("before", to: room)
    let listener = try await ann.listen(room, on: stack)
    defer { listener.close() }
    // Nothing is to happen, so there is nothing to wait for but the five seconds of the scenario.
    try await pause(for: .seconds(5))
    #expect(!listener.isClosed && listener.bytes == 0)
    try await bob.send("from bob", to: room)
    try await listener.has(1)
    try await ann.send("from ann", to: room)
    try await listener.has(2)
    #expect(try listener.entries == Array(try await ann.history(room).dropFirst()))
    #expect(try listener.entries.map(\.text) == ["from bob", "from ann"])
  }

  @Test func `chat 13: whoever cannot listen is closed without a byte`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("ann13", on: stack)
    let bob = try await ChatCaller.registered("bob13", on: stack)
    let room = try await ann.createRoom()
    let good = ChatListener.handshake(ann.member, room)
    let pad = String(repeating: "x", count: 5000)
    let deep = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
    let bad = [
      "{]", "hello", good.replacing("\"", with: "'"), "[\(good)]", "7 ", good.replacing("}", with: #","x":"\#(pad)"}"#),
      good.replacing(ann.member.token, with: "wrong"), good.replacing(ann.member.token, with: bob.member.token),
      good.replacing(room, with: "zzzzzzzz"), #"{"uuid":"\#(ann.member.id)","room_gid":"\#(room)"}"#,
      good.replacing("}", with: #","after":-1}"#), good.replacing("}", with: #","after":"1"}"#),
      good.replacing("}", with: #","x":\#(deep)}"#), good.replacing(#""\#(room)""#, with: "5"), "{}",
    ]
    for handshake in bad {
      let listener = try await ChatListener(stack.chatPort, handshake)
      defer { listener.close() }
      #expect(try await listener.closed() < .seconds(1), "\(handshake.prefix(200))")
      #expect(listener.bytes == 0)
    }
  }

  @Test func `chat 14: silence is closed after ten seconds and disturbs nobody`() async throws {
    let stack = try StackTrait.stack
    let silent = try await ChatListener(stack.chatPort, "")
    defer { silent.close() }
    var callers: [ChatCaller] = []
    for number in 0..<20 { callers.append(try await ChatCaller.registered("u14-\(number)", on: stack)) }
    let room = try await callers[0].createRoom()
    var listeners: [ChatListener] = []
    defer { for listener in listeners { listener.close() } }
    for caller in callers {
      for _ in 0..<5 { listeners.append(try await caller.listen(room, after: 0, on: stack)) }
    }
    try await callers[1].send("to all", to: room)
    for listener in listeners { try await listener.has(1) }
    try await silent.closed(within: .seconds(11))
    #expect(silent.bytes == 0)
    #expect(listeners.count == 100 && listeners.allSatisfy { !$0.isClosed })
  }

  @Test func `chat 15: a handshake may come in pieces, and end with a newline`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("ann15", on: stack)
    let room = try await ann.createRoom()
    let whole = ChatListener.handshake(ann.member, room)
    let pieces = try await ChatListener(stack.chatPort, String(whole.prefix(9)))
    try await pause(for: .milliseconds(200))
    pieces.send(String(whole.dropFirst(9).prefix(40)))
    try await pause(for: .milliseconds(200))
    pieces.send(String(whole.dropFirst(49)))
    let newline = try await ChatListener(stack.chatPort, " \r\n" + whole.replacing("}", with: #","after":0}"#) + "\n{")
    defer { for listener in [pieces, newline] { listener.close() } }
    // The first, being without `after`, may still be on its way in when this is said; so it is said until it is heard.
    while pieces.lines.isEmpty {
      try #require(!pieces.isClosed)
      try await ann.send("hello", to: room)
      try await pause(for: .milliseconds(20))
    }
    try await newline.has(1)
    #expect(!pieces.isClosed && !newline.isClosed)
  }

  @Test func `chat 16: rooms are apart, and the sixth socket of one user to one room is closed`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("ann16", on: stack)
    let (room, other) = (try await ann.createRoom(), try await ann.createRoom())
    var listeners: [ChatListener] = []
    defer { for listener in listeners { listener.close() } }
    for _ in 0..<5 { listeners.append(try await ann.listen(room, after: 0, on: stack)) }
    try await ann.send("elsewhere", to: other)
    try await ann.send("here", to: room)
    for listener in listeners {
      try await listener.has(1)
      #expect(try listener.entries.map(\.text) == ["here"])
    }
    let sixth = try await ann.listen(room, on: stack)
    #expect(try await sixth.closed() < .seconds(1))
    #expect(sixth.bytes == 0)
    listeners[0].close()
    // The room that one has left is free for another, as soon as its end is known.
    while true {
      let again = try await ann.listen(room, after: 0, on: stack)
      listeners.append(again)
      if (try? await again.has(1, within: .seconds(1))) != nil { break }
      again.close()
    }
  }

  @Test func `one connection too many reads an end, whatever it says`() async throws {
    let settings = ["CARILLON_CHAT_LISTENERS_PER_ADDRESS": "1"]
    try await Stack.with([.auth, .chat, .gateway], settings: settings) { stack in
      let ann = try await ChatCaller.registered("ann-many", on: stack)
      let room = try await ann.createRoom()
      let first = try await ann.listen(room, after: 0, on: stack)
      defer { first.close() }
      try await ann.send("hello", to: room)
      try await first.has(1)
      let second = try await ann.listen(room, after: 0, on: stack)
      #expect(try await second.closed() < .seconds(1))
      #expect(second.bytes == 0 && second.fault == nil)
    }
  }

  @Test func `chat 17: a thousand messages of ten senders reach every listener in order`() async throws {
    let stack = try StackTrait.stack
    var callers: [ChatCaller] = []
    for number in 0..<10 { callers.append(try await ChatCaller.registered("u17-\(number)", on: stack)) }
    let room = try await callers[0].createRoom()
    for caller in callers { try await caller.join(room) }
    var listeners: [ChatListener] = []
    defer { for listener in listeners { listener.close() } }
    for caller in callers { listeners.append(try await caller.listen(room, after: 0, on: stack)) }
    let senders = callers.map { caller in
      onLoop { for number in 0..<100 { _ = try? await caller.send("text \(number)", to: room) } }
    }
    for sender in senders { await sender.value }
    let stored = try await callers[0].history(room)
    #expect(stored.count == 1000)
    for listener in listeners {
      try await listener.has(1000)
      #expect(try listener.entries == stored)
    }
    #expect(zip(stored, stored.dropFirst()).allSatisfy { $0.id < $1.id })
  }

  @Test func `chat 18: a listener that stops reading is closed, others feel nothing, and it comes back`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("ann18", on: stack)
    let room = try await ann.createRoom()
    let first = try await ann.send("first", to: room)
    let deaf = try DeafSocket(stack.chatPort, ChatListener.handshake(ann.member, room, after: 0))
    let reader = try await ann.listen(room, after: 0, on: stack)
    defer { reader.close() }
    try await reader.has(1)
    let text = String(repeating: "x", count: 4000)
    var slowest = Duration.zero
    for number in 2...540 {
      let sent = ContinuousClock.now
      try await ann.send(text, to: room)
      try await reader.has(number)
      slowest = max(slowest, .now - sent)
    }
    #expect(slowest < .seconds(2))
    let heard = try await deaf.drain()
    #expect(heard.isClosed, "\(heard.lines.count) lines and open")
    let last = try heard.lines.last.map { try ChatEntry(JSONValue(parsing: Array($0.utf8))).id } ?? first
    let back = try await ann.listen(room, after: last, on: stack)
    defer { back.close() }
    try await back.has(540 - heard.lines.count)
    let all = heard.lines + back.lines
    #expect(all == reader.lines)
  }

  @Test func `chat 21: a lock keeps strangers out, and who is removed is cut off at once`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("ann21", on: stack), try await ChatCaller.registered("bob21", on: stack)
    )
    let stranger = try await ChatCaller.registered("eve21", on: stack)
    let room = try await ann.createRoom()
    #expect(try await ann.post("/lock-room", #"{"room_gid":"\#(room)","locked":true}"#).status == 200)
    #expect(try await stranger.post("/send-message", #"{"room_gid":"\#(room)","msg":"x"}"#).status == 404)
    #expect(try await stranger.get("/get-room-history?room_gid=\(room)").status == 404)
    let outside = try await stranger.listen(room, on: stack)
    #expect(try await outside.closed() < .seconds(1))
    #expect(outside.bytes == 0)
    let removal = try await quickest {
      let room = try await ann.createRoom()
      try await bob.join(room)
      #expect(try await ann.post("/lock-room", #"{"room_gid":"\#(room)","locked":true}"#).status == 200)
      let listener = try await bob.listen(room, after: 0, on: stack)
      defer { listener.close() }
      try await bob.send("still here", to: room)
      try await listener.has(1)
      let removal = #"{"room_gid":"\#(room)","uuid":"\#(bob.member.id)"}"#
      #expect(try await ann.post("/remove-member", removal).status == 200)
      let taken = try await listener.closed(within: .seconds(5))
      #expect(try await bob.post("/send-message", #"{"room_gid":"\#(room)","msg":"x"}"#).status == 403)
      return taken
    }
    #expect(removal < .milliseconds(100))
  }

  @Test func `a listener is closed when its session ends, and no other session's`() async throws {
    let stack = try StackTrait.stack
    let first = try await ChatCaller.registered("ann-out", on: stack)
    let room = try await first.createRoom()
    try await first.send("hello", to: room)
    let kept = try await first.listen(room, after: 0, on: stack)
    defer { kept.close() }
    let logout = try await quickest {
      let token = try await stack.client().logIn("ann-out").value("data", "token")?.string
      let other = ChatCaller(client: first.client, member: Member(id: first.member.id, token: try #require(token)))
      let gone = try await other.listen(room, after: 0, on: stack)
      for listener in [gone, kept] { try await listener.has(1) }
      #expect(try await other.post("/logout", "{}").status == 200)
      return try await gone.closed(within: .seconds(5))
    }
    #expect(logout < .milliseconds(100))
    try await first.send("still here", to: room)
    try await kept.has(2)
    #expect(!kept.isClosed)
  }

  @Test func `a client that talks on after its handshake is cut off`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("ann-loud", on: stack)
    let room = try await ann.createRoom()
    try await ann.send("hello", to: room)
    let listener = try await ann.listen(room, after: 0, on: stack)
    try await listener.has(1)
    listener.send(String(repeating: "x", count: 60_000))
    try await ann.send("hello", to: room)
    try await listener.has(2)
    listener.send(String(repeating: "x", count: 6000))
    try await listener.closed()
  }

  @Test func `who returns after long is given the newest thousand`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("ann-long", on: stack)
    let room = try await ann.createRoom()
    _ = try await stack.rows(
      """
      INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
      SELECT '\(room)', nextval('chat.message_id'), '\(ann.member.id)', 'text ' || n, now() FROM generate_series(1, 1300) n
      """
    )
    let listener = try await ann.listen(room, after: 0, on: stack)
    defer { listener.close() }
    try await listener.has(1000)
    try await ann.send("text 1301", to: room)
    try await listener.has(1001)
    #expect(try listener.entries.map(\.text) == (301...1301).map { "text \($0)" })
  }
}
