import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import ChatCore

/// The numbered scenarios are those of chat.md 7.
@Suite(.needsPostgres)
struct ChatMessageTests {
  @LoopActor @Test func `7, a message comes back from the history`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      #expect(try await chat.history(ann, room).isEmpty)
      chat.clock.set(to: Timestamp(microseconds: 1_700_000_100_250_375))
      let receipt = try await chat.send(ann, room, "hello")
      #expect(receipt.id > 0 && receipt.timestamp == 1_700_000_100.250375)
      let entry = Chat.Entry(
        sender: UserID(ann),
        username: "Ann",
        id: receipt.id,
        text: "hello",
        timestamp: 1_700_000_100.250375
      )
      #expect(try await chat.history(ann, room) == [entry])
      #expect(chat.posted == [Chat.Posted(in: Chat.RoomGID(room), previous: 0, entry)])
    }
  }

  @LoopActor @Test func `9, an unknown room is told as such, a missing one as missing`() async throws {
    try await ChatBench.open { chat in
      for room in [nowhere, "short", "zzzzzz\u{0}z", String(repeating: "z", count: 5000)] {
        await #expect(throws: unknownRoom) { try await chat.send(ann, room, "x") }
        await #expect(throws: unknownRoom) { try await chat.history(ann, room) }
        await #expect(throws: unknownRoom) { try await chat.join(ann, room) }
        await #expect(throws: unknownRoom) { try await chat.leave(ann, room) }
        await #expect(throws: unknownRoom) { try await chat.lock(ann, room) }
      }
      await #expect(throws: Failure.missing("room_gid")) {
        try await chat.chat.history(.init(of: .nothing), chat.context(ann))
      }
    }
  }

  @LoopActor
  @Test(arguments: [
    "\"quotes\" \\ and / ", "two\nlines\r\n\ttab", "😀 👨‍👩‍👧 é", "<script>alert(1)</script>", "\u{1}\u{7F}\u{FEFF}",
  ])
  func `10, any text comes back as it was`(text: String) async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(ann, room, text)
      #expect(try await chat.history(ann, room).map(\.text) == [text])
      await #expect(throws: Failure.invalid("msg")) { try await chat.send(ann, room, text + "\u{0}") }
      #expect(try await chat.history(ann, room).count == 1)
    }
  }

  @LoopActor @Test func `who is nobody is told so before anything else`() async throws {
    try await ChatBench.open { chat in
      for user in [nil, "", "ann", "11111111-0000-4000-8000-0000000000ff"] {
        await #expect(throws: Failure(.unauthenticated)) { try await chat.send(user, nowhere, "") }
        await #expect(throws: Failure(.unauthenticated)) { try await chat.history(user, nowhere, limit: 0) }
      }
      let kept = try await chat.database.query("SELECT FROM chat.person")
      #expect(kept.isEmpty)
    }
  }

  @LoopActor @Test func `20, a long history is read page by page, both ways`() async throws {
    try await ChatBench.open({ $0.limitsAreOn = false }) { chat in
      let room = try await chat.room()
      let other = try await chat.room(of: bob)
      let sendings = (1...2500).map { number in
        onLoop {
          if number % 100 == 0 { _ = try? await chat.send(bob, other, "elsewhere") }
          return try? await chat.send(ann, room, "\(number)").id
        }
      }
      var ids: [Int?] = []
      for sending in sendings { ids.append(await sending.value) }
      let all = ids.compactMap(\.self).sorted()
      #expect(Set(all).count == 2500)

      let newest = try await chat.history(ann, room)
      #expect(newest.map(\.id) == Array(all.suffix(1000)))
      let middle = try await chat.history(ann, room, before: newest[0].id)
      let oldest = try await chat.history(ann, room, before: middle[0].id)
      #expect(oldest.count == 500 && (oldest + middle + newest).map(\.id) == all)
      #expect(Set((oldest + middle + newest).map(\.text)).count == 2500)
      #expect(try await chat.history(ann, room, before: oldest[0].id).isEmpty)

      let forward = try await chat.history(ann, room, limit: 700, after: 0)
      #expect(forward.map(\.id) == Array(all.prefix(700)))
      #expect(try await chat.history(ann, room, limit: 1, after: forward[699].id).map(\.id) == [all[700]])
      #expect(try await chat.history(ann, room, after: all[2499]).isEmpty)
      #expect(try await chat.history(ann, room, limit: 1).map(\.id) == [all[2499]])
      let between = try await chat.history(ann, room, limit: 5, before: all[20], after: all[10])
      #expect(between.map(\.id) == Array(all[11...15]))
      #expect(try await chat.history(ann, room, before: all[20], after: all[20]).isEmpty)
    }
  }

  @LoopActor @Test func `messages of one sender keep the order they came in`() async throws {
    try await ChatBench.open({ $0.limitsAreOn = false }) { chat in
      let room = try await chat.room()
      let sendings = (0..<300).map { number in onLoop { try? await chat.send(ann, room, "\(number)") } }
      for sending in sendings { #expect(await sending.value != nil) }
      #expect(try await chat.history(ann, room).map(\.text) == (0..<300).map { "\($0)" })
    }
  }

  @LoopActor @Test func `a bad message in a batch fails alone`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      let good = onLoop { try? await chat.send(ann, room, "good") }
      let lost = onLoop { () -> Failure? in
        do throws(Failure) { try await chat.send(bob, nowhere, "lost") } catch { return error }
        return nil
      }
      #expect(await good.value != nil)
      #expect(await lost.value == unknownRoom)
      #expect(try await chat.history(ann, room).map(\.text) == ["good"])
    }
  }

  @LoopActor @Test func `the thirty-first message at once is too fast, and the limit is each writer's own`()
    async throws
  {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      for number in 0..<30 { try await chat.send(ann, room, "\(number)") }
      let tooFast = Failure(.rateLimited, .messages, retryAfter: 1)
      await #expect(throws: tooFast) { try await chat.send(ann, room, "31") }
      try await chat.send(bob, room, "mine")
      chat.clock.advance(by: .milliseconds(100))
      try await chat.send(ann, room, "31")
      await #expect(throws: tooFast) { try await chat.send(ann, room, "32") }
      #expect(try await chat.history(ann, room).count == 32)
    }
  }
}
