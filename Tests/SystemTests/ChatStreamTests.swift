import Kit
import Loop
import Settings
import Testing

/// The same live feed as server-sent events, and what a client may repeat.
@Suite(.needsDaemons, .stack([.auth, .chat, .gateway], settings: ["CARILLON_CHAT_SEND_BURST": "10000"]))
@LoopActor
struct ChatStreamTests {
  private func source(_ caller: ChatCaller, _ room: String, after: Int? = nil) async throws -> EventSource {
    let last = after.map { [("Last-Event-ID", "\($0)")] } ?? []
    let port = try StackTrait.stack.httpPort
    return try await EventSource(port, "/rooms/\(room)/live", headers: caller.member.bearer + last)
  }

  @Test func `a browser hears what is said, and comes back by the last id it has`() async throws {
    let ann = try await ChatCaller.registered("sse-ann", on: StackTrait.stack)
    let room = try await ann.createRoom()
    try await ann.send("before", to: room)
    let first = try await source(ann, room)
    try await first.opened()
    #expect(first.status == 200 && first.head.contains("text/event-stream"))
    try await ann.send("one", to: room)
    try await first.has(1)
    first.close()
    for text in ["two", "three"] { try await ann.send(text, to: room) }
    let second = try await source(ann, room, after: first.events[0].id)
    defer { second.close() }
    try await second.has(2)
    try await ann.send("four", to: room)
    try await second.has(3)
    let listener = try await ann.listen(room, after: 0, on: StackTrait.stack)
    defer { listener.close() }
    try await listener.has(5)
    #expect((first.events + second.events).map(\.data) == Array(listener.lines.dropFirst()))
    #expect((first.events + second.events).map(\.id) == (try listener.entries.dropFirst().map(\.id)))
  }

  @Test func `a long past comes whole, page by page`() async throws {
    let ann = try await ChatCaller.registered("sse-long", on: StackTrait.stack)
    let room = try await ann.createRoom()
    _ = try await StackTrait.stack.rows(
      """
      INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
      SELECT '\(room)', nextval('chat.message_id'), '\(ann.member.id)', repeat('x', 4000) || n, now()
      FROM generate_series(1, 900) n
      """
    )
    let source = try await source(ann, room, after: 0)
    defer { source.close() }
    try await source.has(900)
    try await ann.send("live", to: room)
    try await source.has(901)
    #expect(zip(source.events, source.events.dropFirst()).allSatisfy { $0.id < $1.id })
  }

  @Test func `refusals are answers, not streams`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("sse-own", on: stack), try await ChatCaller.registered("sse-out", on: stack)
    )
    let room = try await ann.createRoom()
    #expect(try await ann.post("/lock-room", #"{"room_gid":"\#(room)","locked":true}"#).status == 200)
    #expect(try await bob.get("/rooms/\(room)/live").status == 404)
    #expect(try await bob.get("/rooms/zzzzzzzz/live").status == 404)
    #expect(try await stack.client().get("/rooms/\(room)/live").status == 401)
    #expect(try await ann.get("/rooms/\(room)/live?after=x").text.contains("Invalid param: after"))
  }

  @Test func `a stream ends with the membership, the session, and the gateway`() async throws {
    try await AccountStack.with([.auth, .chat, .gateway]) { stack in
      let (ann, bob) = (
        try await ChatCaller.registered("ann", on: stack), try await ChatCaller.registered("bob", on: stack)
      )
      let room = try await ann.createRoom()
      try await bob.join(room)
      func open(_ caller: ChatCaller) async throws -> EventSource {
        let source = try await EventSource(stack.httpPort, "/rooms/\(room)/live", headers: caller.member.bearer)
        try await source.opened()
        return source
      }
      let removed = try await open(bob)
      #expect(try await bob.post("/leave-room", #"{"room_gid":"\#(room)"}"#).status == 200)
      try await removed.has(0)
      try await bob.join(room)
      let out = try await open(bob)
      #expect(try await bob.post("/logout", "{}").status == 200)
      let last = try await open(ann)
      let port = try await ann.listen(room, after: 0, on: stack)
      try await ann.send("hello", to: room)
      try await last.has(1)
      try await port.has(1)
      #expect(removed.events.isEmpty && out.events.isEmpty)
      let started = ContinuousClock.now
      #expect(try await stack.stop(.gateway) == .exited(0))
      #expect(.now - started < .seconds(4))
      for source in [removed, out, last] {
        try await source.closed()
        source.close()
      }
      try await port.closed()
    }
  }

  @Test func `a browser hears of edits and deletions, the live port's old clients do not`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("sse-edit", on: stack)
    let room = try await ann.createRoom()
    let id = try await ann.send("frist", to: room)
    let (source, listener) = (try await source(ann, room, after: 0), try await ann.listen(room, after: 0, on: stack))
    defer {
      source.close()
      listener.close()
    }
    try await source.has(1)
    try await listener.has(1)
    let place = #""room_gid":"\#(room)","msgId":\#(id)"#
    #expect(try await ann.post("/edit-message", #"{\#(place),"msg":"first"}"#).status == 200)
    #expect(try await ann.post("/delete-message", "{\(place)}").text == #"{"ok":true}"#)
    try await source.hasNotices(2)
    #expect(source.notices[0].hasPrefix("edited {") && source.notices[0].contains(#""txt":"first""#))
    #expect(source.notices[1] == #"deleted {"msgId":\#(id)}"#)
    try await ann.send("next", to: room)
    try await listener.has(2)
    try await source.has(2)
    #expect(try listener.entries.map(\.text) == ["frist", "next"])
    #expect(try await ann.history(room).map(\.text) == ["next"])
  }

  @Test func `who is blocked is not heard live, until it is taken back`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("sse-ann-b", on: stack), try await ChatCaller.registered("sse-bob-b", on: stack)
    )
    let room = try await ann.createRoom()
    try await bob.join(room)
    let before = try await ann.listen(room, after: 0, on: stack)
    try await bob.send("1", to: room)
    try await before.has(1)
    #expect(try await ann.post("/block-user", #"{"uuid":"\#(bob.member.id)","blocked":true}"#).status == 200)
    let after = try await ann.listen(room, after: 0, on: stack)
    defer { for listener in [before, after] { listener.close() } }
    try await bob.send("2", to: room)
    try await ann.send("3", to: room)
    try await after.has(1)
    try await before.has(2)
    #expect(try await ann.post("/block-user", #"{"uuid":"\#(bob.member.id)","blocked":false}"#).status == 200)
    try await bob.send("4", to: room)
    try await after.has(2)
    try await before.has(3)
    #expect(try before.entries.map(\.text) == ["1", "3", "4"])
    #expect(try after.entries.map(\.text) == ["3", "4"])
  }

  @Test func `a message sent again under its key is stored once`() async throws {
    let ann = try await ChatCaller.registered("sse-key", on: StackTrait.stack)
    let room = try await ann.createRoom()
    let headers = ann.member.bearer + [("Idempotency-Key", "m1")]
    let body = #"{"room_gid":"\#(room)","msg":"once"}"#
    let replies = await replies(of: 5) { try await ann.client.post("/send-message", json: body, headers: headers) }
    #expect(Set(replies.map { $0?.text }).count == 1)
    #expect(try await ann.history(room).map(\.text) == ["once"])
    let long = [("Idempotency-Key", String(repeating: "k", count: 129))]
    #expect(try await ann.client.post("/send-message", json: body, headers: ann.member.bearer + long).status == 400)
  }
}
