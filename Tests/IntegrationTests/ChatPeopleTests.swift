import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import ChatCore

@Suite(.needsPostgres)
struct ChatPeopleTests {
  @LoopActor @Test func `a new name shows after a minute, in old messages too`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(ann, room, "x")
      chat.directory.names[ann] = "Anna"
      #expect(try await chat.history(bob, room).map(\.username) == ["Ann"])
      chat.clock.advance(by: .seconds(60))
      #expect(try await chat.history(bob, room).map(\.username) == ["Anna"])
      try await chat.send(ann, room, "y")
      #expect(try chat.posted.map { try Chat.Entry(json: $0.entry).username } == ["Ann", "Anna"])
    }
  }

  @LoopActor @Test func `many who ask at once are one question`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      chat.clock.advance(by: .seconds(60))
      let before = chat.directory.questions
      let sendings = (0..<20).map { number in onLoop { try? await chat.send(number % 2 == 0 ? ann : bob, room, "x") } }
      for sending in sendings { #expect(await sending.value != nil) }
      #expect(chat.directory.questions - before <= 2)
      let asked = chat.directory.questions
      _ = try await chat.history(bob, room)
      #expect(chat.directory.questions == asked)
    }
  }

  @LoopActor @Test func `while the directory is away the last names serve, a restart included`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(ann, room, "x")
      chat.directory.isAway = true
      chat.clock.advance(by: .seconds(3600))
      #expect(try await chat.history(ann, room).map(\.username) == ["Ann"])
      let fresh = chat.copy(on: chat.database)
      let page = try await fresh.history(Chat.History(of: .value(room)), chat.context(ann))
      #expect(page.entries.map(\.username) == ["Ann"])
      await #expect(throws: Failure.unavailable) { try await chat.history(cid, room) }
      chat.directory.isAway = false
      #expect(try await chat.history(cid, room).count == 1)
    }
  }

  @LoopActor @Test func `messages of an account that is gone stay, signed deleted`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(bob, room, "x")
      chat.directory.names[bob] = nil
      chat.clock.advance(by: .seconds(60))
      #expect(try await chat.history(ann, room).map(\.username) == [People.deleted.name])
      await #expect(throws: Failure(.unauthenticated)) { try await chat.send(bob, room, "y") }
    }
  }
}
