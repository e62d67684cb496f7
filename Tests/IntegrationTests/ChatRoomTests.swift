import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import ChatCore

@Suite(.needsPostgres)
struct ChatRoomTests {
  /// What a stranger is told by every call that names the room.
  @LoopActor
  private func answers(_ chat: ChatBench, _ user: String, _ room: String) async -> [Failure?] {
    func failure(_ call: @LoopActor () async throws(Failure) -> Void) async -> Failure? {
      do throws(Failure) { try await call() } catch { return error }
      return nil
    }
    return [
      await failure { () async throws(Failure) in try await chat.send(user, room, "x") },
      await failure { () async throws(Failure) in _ = try await chat.history(user, room) },
      await failure { () async throws(Failure) in try await chat.join(user, room) },
      await failure { () async throws(Failure) in try await chat.leave(user, room) },
      await failure { () async throws(Failure) in try await chat.lock(user, room) },
      await failure { () async throws(Failure) in try await chat.remove(ann, room, by: user) },
    ]
  }

  @LoopActor @Test func `a stranger cannot tell a locked room from none`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(ann, room, "secret")
      try await chat.lock(ann, room)
      let locked = await answers(chat, bob, room)
      #expect(locked == Array(repeating: unknownRoom, count: 6))
      #expect(await answers(chat, bob, nowhere) == locked)
      #expect(try await chat.isMember(bob, room) == false)
      #expect(try await chat.database.query("SELECT FROM chat.message").count == 1)
    }
  }

  @LoopActor @Test func `21, a locked room keeps its members, and one removed is out`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(bob, room, "I know the code")
      try await chat.lock(ann, room)
      try await chat.send(bob, room, "still here")
      #expect(try await chat.history(bob, room).count == 2)
      await #expect(throws: unknownRoom) { try await chat.history(cid, room) }
      try await chat.remove(bob, room, by: ann)
      #expect(chat.ended == [Chat.MembershipEnded(of: UserID(bob), in: Chat.RoomGID(room))])
      #expect(await answers(chat, bob, room) == [notMember, notMember, notMember, nil, notMember, notMember])
      try await chat.remove(bob, room, by: ann)
      #expect(chat.ended.count == 1)
    }
  }

  @LoopActor @Test func `who was removed from an open room comes back only by asking`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.join(bob, room)
      try await chat.remove(bob, room, by: ann)
      await #expect(throws: notMember) { try await chat.send(bob, room, "x") }
      await #expect(throws: notMember) { try await chat.history(bob, room) }
      #expect(try await chat.join(bob, room).members == 2)
      try await chat.send(bob, room, "back")
    }
  }

  @LoopActor @Test func `the first sending or reading makes a member, once`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      let sendings = (0..<5).map { _ in onLoop { try? await chat.send(bob, room, "x") } }
      for sending in sendings { #expect(await sending.value != nil) }
      let readings = (0..<5).map { _ in onLoop { try? await chat.history(cid, room).count } }
      for reading in readings { #expect(await reading.value == 5) }
      #expect(try await chat.join(bob, room).members == 3)
      for user in [bob, cid] { #expect(try await chat.isMember(user, room)) }
    }
  }

  @LoopActor @Test func `only the owner locks and removes, and not the owner`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.join(bob, room)
      await #expect(throws: notOwner) { try await chat.lock(bob, room) }
      await #expect(throws: notOwner) { try await chat.remove(ann, room, by: bob) }
      await #expect(throws: Failure.invalid("uuid")) { try await chat.remove(ann, room, by: ann) }
      await #expect(throws: Failure.invalid("uuid")) { try await chat.remove("bob", room, by: ann) }
      await #expect(throws: Failure(.notFound, .unknownMember)) { try await chat.remove(cid, room, by: ann) }
      for user in [ann, bob] { #expect(try await chat.isMember(user, room)) }
      try await chat.send(cid, room, "not locked")
      try await chat.lock(ann, room)
      try await chat.lock(ann, room, false)
      try await chat.remove(bob.uppercased(), room, by: ann)
      #expect(chat.ended.map(\.user) == [UserID(bob)])
    }
  }

  @LoopActor @Test func `a room whose owner leaves goes to its oldest member`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      for user in [cid, bob] {
        chat.clock.advance(by: .seconds(1))
        try await chat.join(user, room)
      }
      try await chat.leave(bob, room)
      try await chat.leave(bob, room)
      try await chat.join(bob, room)
      try await chat.leave(ann, room)
      #expect(chat.ended.map(\.user) == [UserID(bob), UserID(ann)])
      #expect(try await chat.rooms(cid).map(\.role) == [.owner])
      #expect(try await chat.rooms(bob).map(\.role) == [.member])
      #expect(try await chat.rooms(ann).isEmpty)
      try await chat.lock(cid, room)
      await #expect(throws: notMember) { try await chat.join(ann, room) }
    }
  }

  @LoopActor @Test func `an owner can always come back to an empty room`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.lock(ann, room)
      try await chat.leave(ann, room)
      await #expect(throws: notMember) { try await chat.history(ann, room) }
      await #expect(throws: notMember) { try await chat.lock(ann, room, false) }
      #expect(try await chat.join(ann, room).members == 1)
      try await chat.lock(ann, room, false)
    }
  }

  @LoopActor @Test func `rooms are listed with the newest message first`() async throws {
    try await ChatBench.open { chat in
      let first = try await chat.room()
      chat.clock.advance(by: .seconds(1))
      let second = try await chat.room(of: bob)
      try await chat.join(ann, second)
      chat.clock.advance(by: .seconds(1))
      #expect(try await chat.rooms(ann).map(\.room.text) == [second, first])
      let receipt = try await chat.send(ann, first, "x")
      let listed = [
        Chat.ListedRoom(Chat.RoomGID(first), .owner, last: receipt),
        Chat.ListedRoom(Chat.RoomGID(second), .member, last: nil),
      ]
      #expect(try await chat.rooms(ann) == listed)
      #expect(try await chat.rooms(cid).isEmpty)
    }
  }

  @LoopActor @Test func `6, rooms have codes of their own`() async throws {
    try await ChatBench.open { chat in
      let openings = (0..<1000).map { _ in onLoop { try? await chat.room() } }
      var codes: Set<String> = []
      for opening in openings { if let code = await opening.value { codes.insert(code) } }
      #expect(codes.count == 1000)
      let store = ChatStore(chat.database)
      let taken = try #require(codes.first)
      let owner = try #require(UUIDValue(bob))
      #expect(try await store.createRoom(taken, owner: owner, at: chat.clock.now) == false)
      #expect(try await chat.isMember(bob, taken) == false)
    }
  }

  @LoopActor @Test func `after twenty unknown rooms good codes look like bad ones for a minute`() async throws {
    try await ChatBench.open { chat in
      let own = try await chat.room()
      let open = try await chat.room(of: bob)
      for _ in 0..<20 { await #expect(throws: unknownRoom) { try await chat.history(ann, nowhere) } }
      chat.clock.advance(by: .seconds(10))
      let limited = Failure(.rateLimited, .attempts, retryAfter: 50)
      for room in [nowhere, open] {
        await #expect(throws: limited) { try await chat.send(ann, room, "x") }
        await #expect(throws: limited) { try await chat.history(ann, room) }
        await #expect(throws: limited) { try await chat.join(ann, room) }
      }
      #expect(try await chat.isMember(ann, open) == false)
      try await chat.send(ann, own, "x")
      await #expect(throws: unknownRoom) { try await chat.history(cid, nowhere) }
      chat.clock.advance(by: .seconds(50))
      try await chat.send(ann, open, "x")
    }
  }
}
