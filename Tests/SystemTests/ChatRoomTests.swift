import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of chat.md 7 that are about rooms and what is said in them.
@Suite(.needsDaemons, .stack([.auth, .chat, .gateway], settings: ["CARILLON_CHAT_SEND_BURST": "10000"]))
@LoopActor
struct ChatRoomTests {
  private func refusal(_ code: Int, _ message: String) -> String {
    #"{"ok":false,"error":{"code":\#(code),"message":"\#(message)"}}"#
  }

  /// As the database sees it, in seconds with microseconds.
  private func now() async throws -> Double {
    try #require(Double(try await StackTrait.stack.rows("SELECT extract(epoch FROM now())")[0]))
  }

  @Test func `chat 7: a message is in the history, with its sender and moment`() async throws {
    let ann = try await ChatCaller.registered("chat7", on: StackTrait.stack)
    let room = try await ann.createRoom()
    let before = try await now()
    let sent = try await ann.post("/send-message", #"{"room_gid":"\#(room)","msg":"hello"}"#)
    let after = try await now()
    #expect(sent.status == 200)
    #expect(try sent.value("ok")?.bool == true)
    let entry = try #require(try await ann.history(room).first)
    #expect(entry.text == "hello" && entry.sender == ann.member.id && entry.name == "CHAT7")
    #expect(entry.id == (try sent.value("data", "msgId")?.number?.int))
    #expect(entry.timestamp == (try sent.value("data", "timestamp")?.number?.double))
    #expect(try await ann.history(room).count == 1)
    #expect(before <= entry.timestamp && entry.timestamp <= after)
    #expect(entry.timestamp != entry.timestamp.rounded())
  }

  @Test func `chat 8: what is no message is refused in the contract's words`() async throws {
    let ann = try await ChatCaller.registered("chat8", on: StackTrait.stack)
    let room = try await ann.createRoom()
    let long = String(repeating: "x", count: 4000)
    let cases = [
      (#"{"room_gid":"\#(room)"}"#, "Missing param: msg"), (#"{"room_gid":"\#(room)","msg":""}"#, "Missing param: msg"),
      (#"{"room_gid":"\#(room)","msg":5}"#, "Invalid param: msg"),
      (#"{"room_gid":"\#(room)","msg":" \n\t "}"#, "Invalid param: msg"),
      (#"{"room_gid":"\#(room)","msg":"\#(long)x"}"#, "Invalid param: msg"),
      (#"{"msg":"x"}"#, "Missing param: room_gid"),
      (#"[]"#, "Invalid data"), (#"{"#, "Invalid data"),
    ]
    for (body, message) in cases {
      let reply = try await ann.post("/send-message", body)
      #expect(reply.status == 400, "\(message)")
      #expect(reply.text == refusal(400, message))
    }
    #expect(try await ann.post("/send-message", #"{"room_gid":"\#(room)","msg":"\#(long)"}"#).status == 200)
    #expect(try await ann.history(room).map(\.text) == [long])
  }

  @Test func `what is the owner's alone is refused to members in words of its own`() async throws {
    let stack = try StackTrait.stack
    let (ann, bob) = (
      try await ChatCaller.registered("ann-own", on: stack), try await ChatCaller.registered("bob-own", on: stack)
    )
    let room = try await ann.createRoom()
    let joined = try await bob.post("/join-room", #"{"room_gid":"\#(room)"}"#)
    #expect(joined.text == #"{"ok":true,"data":{"room_gid":"\#(room)","members":2}}"#)
    let lock = #"{"room_gid":"\#(room)","locked":true}"#
    let removal = { (user: String) in #"{"room_gid":"\#(room)","uuid":"\#(user)"}"# }
    for refused in [
      try await bob.post("/lock-room", lock), try await bob.post("/remove-member", removal(ann.member.id)),
    ] {
      #expect(refused.status == 403)
      #expect(refused.text == refusal(403, "Not the owner"))
    }
    let nobody = try await ann.post("/remove-member", removal("0b9d3e4e-6c1f-4f0e-9a51-6f3d2f6a1c01"))
    #expect(nobody.status == 404 && nobody.text == refusal(404, "Unknown member"))
    #expect(try await ann.post("/remove-member", removal(bob.member.id)).status == 200)
    let gone = try await bob.post("/send-message", #"{"room_gid":"\#(room)","msg":"x"}"#)
    #expect(gone.status == 403 && gone.text == refusal(403, "Not a member"))
  }

  @Test func `chat 9: an unknown room is unknown to all routes`() async throws {
    let ann = try await ChatCaller.registered("chat9", on: StackTrait.stack)
    let sent = try await ann.post("/send-message", #"{"room_gid":"zzzzzzzz","msg":"x"}"#)
    let read = try await ann.get("/get-room-history?room_gid=zzzzzzzz")
    for reply in [sent, read] {
      #expect(reply.status == 404)
      #expect(reply.text == refusal(404, "Unknown room"))
    }
    #expect(try await ann.get("/get-room-history").text == refusal(400, "Missing param: room_gid"))
  }

  @Test(arguments: [
    #"quotes \" and \\ and \u2028"#, #"two\nlines\r\n"#, "\u{1F600} \u{E9}", #"\ud83d\ude00"#,
    "<script>alert(1)</script>",
  ])
  func `chat 10: a text comes back as it was sent, on one line of the socket`(text: String) async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("chat10-\(text.utf8.reduce(0) { $0 &* 31 &+ Int($1) })", on: stack)
    let room = try await ann.createRoom()
    let listener = try await ann.listen(room, after: 0, on: stack)
    defer { listener.close() }
    let body = #"{"room_gid":"\#(room)","msg":"\#(text)"}"#
    #expect(try await ann.post("/send-message", body).status == 200)
    let meant = try #require(try JSONValue(parsing: Array(body.utf8)).member("msg")?.string)
    #expect(try await ann.history(room).map(\.text) == [meant])
    try await listener.has(1)
    #expect(try listener.entries == (try await ann.history(room)))
    let null = try await ann.post("/send-message", #"{"room_gid":"\#(room)","msg":"a\u0000b"}"#)
    #expect(null.status == 400)
    #expect(null.text == refusal(400, "Invalid param: msg"))
  }

  @Test func `chat 20: a long history is read in pages that neither overlap nor leave out`() async throws {
    let stack = try StackTrait.stack
    let ann = try await ChatCaller.registered("chat20", on: stack)
    let room = try await ann.createRoom()
    _ = try await stack.rows(
      """
      INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
      SELECT '\(room)', nextval('chat.message_id'), '\(ann.member.id)', 'text ' || n, now() FROM generate_series(1, 2500) n
      """
    )
    var pages = [try await ann.history(room)]
    #expect(pages[0].count == 1000)
    for _ in 0..<2 { pages.append(try await ann.history(room, "&before=\(try #require(pages.last?.first).id)")) }
    let all = pages.reversed().flatMap { $0 }
    #expect(all.map(\.text) == (1...2500).map { "text \($0)" })
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.id < $1.id })
    #expect(try await ann.history(room, "&after=\(all[99].id)&limit=50") == Array(all[100..<150]))
  }
}
