import JSON
import Kit
import Loop
import Settings
import Testing

/// Who is in a room and who is typing there, over two gateways and two chat processes.
@Suite(.serialized, .needsDaemons) @LoopActor struct ChatPresenceTests {
  private func handshake(_ caller: ChatCaller, _ room: String) -> String {
    ChatListener.handshake(caller.member, room).dropLast() + #","notices":true}"#
  }

  private func listen(_ caller: ChatCaller, _ room: String, on stack: Stack) async throws -> ChatListener {
    try await ChatListener(stack.chatPort, handshake(caller, room))
  }

  /// Plays what a listener was told: who is there now by what it knows.
  private func present(_ listener: ChatListener) throws -> Set<String> {
    var present: Set<String> = []
    for line in listener.lines {
      let notice = try JSONValue(parsing: Array(line.utf8))
      func ids(_ list: JSONValue?) -> [String] { list?.array?.compactMap { $0.member("uuid")?.string } ?? [] }
      switch notice.member("event")?.string {
      case "present": present = Set(ids(notice.member("data")))
      case "presence":
        present.subtract(ids(notice.member("data")?.member("left")))
        present.formUnion(ids(notice.member("data")?.member("joined")))
      default: break
      }
    }
    return present
  }

  private func sees(_ listener: ChatListener, _ callers: [ChatCaller], within limit: Duration = .seconds(5))
    async throws
  {
    let wanted = Set(callers.map(\.member.id))
    try await listener.tells("\(wanted.count) present", within: limit) { try self.present(listener) == wanted }
  }

  @Test func `presence is exact over gateways, and a gateway that dies takes its people along`() async throws {
    try await ChatCluster.with { cluster in
      let (here, there) = (cluster.gateways[0], cluster.gateways[1])
      let ann = try await ChatCaller.registered("ann", on: here)
      let bob = try await ChatCaller.registered("bob", on: there)
      let eve = try await ChatCaller.registered("eve", on: here)
      let room = try await ann.createRoom()
      for caller in [bob, eve] { try await caller.join(room) }
      let old = try await eve.listen(room, on: here)
      let first = try await listen(ann, room, on: here)
      try await sees(first, [ann, eve])
      let second = try await listen(bob, room, on: there)
      for listener in [first, second] { try await sees(listener, [ann, bob, eve]) }
      let third = try await listen(bob, room, on: here)
      try await sees(third, [ann, bob, eve])
      old.close()
      for listener in [first, second, third] { try await sees(listener, [ann, bob]) }
      // One of Bob's two is at the other gateway.
      third.close()
      try await ann.send("still here", to: room)
      try await first.tells("the message") { first.lines.contains { $0.contains("still here") } }
      try await sees(first, [ann, bob])
      let listed = try await eve.get("/rooms/\(room)/present").value("data")?.array
      #expect(Set(listed?.compactMap { $0.member("username")?.string } ?? []) == ["ANN", "BOB"])
      #expect(!first.lines.contains { $0.contains("left") && $0.contains(bob.member.id) })
      try await cluster.kill(.gateway, of: there)
      try await second.closed()
      try await sees(first, [ann], within: .seconds(10))
      try await there.start(.gateway)
      let again = try await listen(bob, room, on: there)
      for listener in [first, again] { try await sees(listener, [ann, bob]) }
      #expect(try await there.stop(.gateway) == .exited(0))
      try await sees(first, [ann], within: .seconds(1))
      first.close()
      #expect(!old.lines.contains { $0.contains("event") })
    }
  }

  @Test func `presence outlives the chat processes it is told through`() async throws {
    try await ChatCluster.with { cluster in
      let (here, there) = (cluster.gateways[0], cluster.gateways[1])
      let (ann, bob) = (
        try await ChatCaller.registered("ann", on: here), try await ChatCaller.registered("bob", on: there)
      )
      let room = try await ann.createRoom()
      try await bob.join(room)
      let (first, second) = (try await listen(ann, room, on: here), try await listen(bob, room, on: there))
      defer { first.close() }
      for listener in [first, second] { try await sees(listener, [ann, bob]) }
      for stack in [cluster.auth, cluster.second] { try await cluster.kill(.chat, of: stack) }
      second.close()
      for stack in [cluster.auth, cluster.second] { try await stack.start(.chat) }
      try await sees(first, [ann])
      let third = try await listen(bob, room, on: there)
      defer { third.close() }
      for listener in [first, third] { try await sees(listener, [ann, bob]) }
    }
  }

  @Test func `typing is heard at the other gateway by those who asked, and ends with the message`() async throws {
    try await ChatCluster.with { cluster in
      let (here, there) = (cluster.gateways[0], cluster.gateways[1])
      let (ann, bob) = (
        try await ChatCaller.registered("ann", on: here), try await ChatCaller.registered("bob", on: there)
      )
      let stranger = try await ChatCaller.registered("eve", on: here)
      let room = try await ann.createRoom()
      try await bob.join(room)
      let (listener, own) = (try await listen(ann, room, on: here), try await listen(bob, room, on: there))
      let old = try await ann.listen(room, after: 0, on: here)
      let port = here.httpPort
      let source = try await EventSource(port, "/rooms/\(room)/live?notices=1", headers: ann.member.bearer)
      defer {
        for listener in [listener, own, old] { listener.close() }
        source.close()
      }
      try await sees(listener, [ann, bob])
      try await source.hasNotices(1)
      func notice(_ typing: Bool) -> String {
        #"{"uuid":"\#(bob.member.id)","username":"BOB","typing":\#(typing)}"#
      }
      #expect(try await bob.post("/rooms/\(room)/typing", "").text == #"{"ok":true}"#)
      @LoopActor func typing() -> [String] { listener.lines.filter { $0.hasPrefix(#"{"event":"typing","data":"#) } }
      let lines = [true, false].map { #"{"event":"typing","data":\#(notice($0))}"# }
      try await listener.tells("typing") { typing() == [lines[0]] }
      #expect(try await bob.get("/rooms/\(room)/present").text.contains(notice(true)))
      try await bob.send("so", to: room)
      try await listener.tells("the message") { listener.lines.contains { $0.contains(#""txt":"so""#) } }
      #expect(typing() == lines)
      try await source.has(1)
      #expect(source.notices.filter { $0.hasPrefix("typing") } == [true, false].map { "typing \(notice($0))" })
      // What is not taken back is forgotten.
      #expect(try await bob.post("/rooms/\(room)/typing", "{}").status == 200)
      try await listener.tells("typing") { typing() == lines + [lines[0]] }
      try await listener.tells("the end of it", within: .seconds(10)) { typing() == lines + lines }
      #expect(try await stranger.post("/rooms/\(room)/typing", "{}").status == 404)
      #expect(try await stranger.get("/rooms/\(room)/present").status == 404)
      #expect(try await bob.post("/rooms/\(room)/typing", #"{"typing":1}"#).text.contains("Invalid param: typing"))
      try await old.has(1)
      #expect(old.lines.count == 1 && !own.lines.contains { $0.contains(#""typing":"#) })
    }
  }
}
