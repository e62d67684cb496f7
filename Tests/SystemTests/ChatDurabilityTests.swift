import Glibc
import Kit
import Loop
import Settings
import Testing

/// Every listener ends with exactly what is stored, whatever dies while it is said.
@Suite(.serialized, .needsDaemons) @LoopActor struct ChatDurabilityTests {
  private static let settings = [
    "CARILLON_RATE_LIMITS": "off", "CARILLON_CHAT_LISTENERS_PER_ADDRESS": "1000", "CARILLON_ACCESS_LOG": "errors",
  ]

  /// How long the crowd goes on, a third of it before, between and after the blows; `CARILLON_CROWD_SECONDS` sets it.
  private static let length = getenv("CARILLON_CROWD_SECONDS").flatMap { Int(String(cString: $0)) } ?? 3
  private static let calm = Duration.seconds(length) / 3

  @Test func `fifty senders, twenty rooms, two hundred listeners, a killed chat and a killed gateway`() async throws {
    try await Stack.with([.auth, .chat, .gateway], settings: Self.settings) { stack in
      stack.supervise()
      var callers: [ChatCaller] = []
      for number in 0..<50 { callers.append(try await ChatCaller.registered("crowd-\(number)", on: stack)) }
      var rooms: [String] = []
      for number in 0..<20 { rooms.append(try await callers[number].createRoom()) }
      let crowd = ChatCrowd(callers, rooms: rooms, followers: 200, on: stack)
      for victim in [ServiceName.chat, .gateway] {
        try await crowd.acknowledges(200, within: .seconds(30))
        try await pause(for: Self.calm)
        stack.kill(victim)
        _ = try await stack.daemon(victim).process.ended()
        try await stack.green(within: .seconds(20))
      }
      try await crowd.acknowledges(200, within: .seconds(30))
      try await pause(for: Self.calm)
      await crowd.stop()
      try await compare(crowd, stack)
    }
  }

  private func compare(_ crowd: ChatCrowd, _ stack: Stack) async throws {
    var stored: [String: [Int]] = [:]
    for row in try await stack.rows("SELECT room_gid, msg_id FROM chat.message ORDER BY msg_id") {
      let columns = row.split(separator: "|")
      stored[String(columns[0]), default: []].append(try #require(Int(columns[1])))
    }
    for (room, ids) in crowd.acknowledged { #expect(Set(ids).isSubset(of: stored[room] ?? [])) }
    #expect(crowd.total >= 600)
    for follower in crowd.followers {
      let all = stored[follower.room] ?? []
      await follower.listen(stack.chatPort, for: .seconds(10), until: all.count)
      #expect(follower.ids == all, "\(follower.ids.count) of \(all.count) after \(follower.returns) returns")
    }
    #expect(crowd.followers.reduce(0) { $0 + $1.returns } > 400)
  }
}
