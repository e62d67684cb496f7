import JSON
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import ChatCore

/// The rooms of the calendar's events (jarvis.md 3.7).
@Suite(.needsPostgres)
@LoopActor struct ChatEventRoomTests {
  private let event = CalendarEventID("6f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a33")

  private func set(_ chat: ChatBench, _ members: [String], _ revision: Int) async throws(Failure) {
    let call = Chat.SetEventRoom(event, members: members.map { UserID($0) }, revision: revision)
    _ = try await chat.chat.setEventRoom(call, CallContext())
  }

  private func post(
    _ chat: ChatBench,
    _ user: String,
    _ fields: String,
    key: String? = nil,
    present: [String] = []
  ) async throws(Failure) -> Chat.EventEntry {
    var context = chat.context(user)
    context.key = key
    let fields = RawJSON(trusted: Array(fields.utf8))
    return try await chat.chat.post(
      Chat.PostToEvent(to: event, fields: fields, present: present.map { UserID($0) }),
      context
    )
  }

  /// What waits for delivery, by key.
  private func notices(_ chat: ChatBench) async throws -> [(key: String, notice: Delivery.Notify)] {
    let rows = try await chat.database.query(
      "SELECT key, body FROM chat.outbox WHERE call = 'delivery.notify' ORDER BY id"
    )
    return try rows.map { row in
      let body = RawJSON(trusted: try row.get(1, as: Bytea.self).bytes)
      return (try row.get(0), try JSONCoding.decode(Delivery.Notify.self, from: body))
    }
  }

  private func history(
    _ chat: ChatBench,
    _ user: String,
    before: Double? = nil,
    limit: Int? = nil
  ) async throws(Failure) -> [Chat.EventEntry] {
    let call = Chat.EventHistory(of: event, before: before, limit: limit)
    return try await chat.chat.history(call, chat.context(user)).entries
  }

  @Test func `members write and read, with their e-mail; others may not`() async throws {
    try await ChatBench.open { chat in
      await #expect(throws: Failure(.notFound, .unknownRoom)) { try await post(chat, ann, #"{"message":"x"}"#) }
      try await set(chat, [ann, bob], 1)
      let said = try await post(chat, ann, #"{"message":"hi","date":"Nov 14, 2023","time":"10:15 PM","sender":"bob"}"#)
      #expect(said.text == "hi" && said.email == "ann@x.org" && said.name == "Ann")
      #expect(said.date == "Nov 14, 2023" && said.time == "10:15 PM")
      #expect(chat.told.compactMap { ($0 as? Chat.PostedToEvent)?.entry } == [said])
      #expect(chat.posted.map(\.id) == [said.id])
      let read = try await history(chat, bob)
      #expect(read.map(\.text) == ["hi"] && read[0].email == "ann@x.org" && read[0].date == nil)
      await #expect(throws: Failure(.forbidden, .notMember)) { try await history(chat, cid) }
      await #expect(throws: Failure(.forbidden, .notMember)) { try await post(chat, cid, #"{"message":"x"}"#) }
    }
  }

  @Test func `members who are not there are told on their phones, in the same commit`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann, bob, cid], 1)
      let long = String(repeating: "é", count: 300)
      _ = try await post(chat, ann, #"{"message":"\#(long)"}"#, present: [cid])
      let told = try await notices(chat)
      #expect(told.map(\.notice.to) == [UserID(bob)])
      #expect(told[0].notice.title == "Ann" && told[0].notice.body == String(repeating: "é", count: 200))
      #expect(told[0].notice.data == ["type": "chat", "event_id": event.text])
      #expect(told[0].notice.app == .jarvis && told[0].notice.channels == [.push])
      // Who has blocked the sender is not told, and a stranger tells nobody.
      _ = try await chat.chat.block(Chat.BlockUser(.value(ann), blocked: .value(true)), chat.context(cid))
      _ = try await post(chat, ann, #"{"message":"two"}"#)
      try await set(chat, [ann, bob], 2)
      await #expect(throws: Failure(.forbidden, .notMember)) { try await post(chat, cid, #"{"message":"x"}"#) }
      #expect(try await notices(chat).map(\.notice.body).dropFirst() == ["two"])
    }
  }

  @Test func `a message that is sent again is told under the same key`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann, bob], 1)
      _ = try await post(chat, ann, #"{"message":"x"}"#, key: "k")
      let first = try await notices(chat).map(\.key)
      try await chat.database.query("DELETE FROM chat.outbox")
      _ = try await post(chat, ann, #"{"message":"x"}"#, key: "k")
      #expect(try await notices(chat).map(\.key) == first)
    }
  }

  @Test func `live listeners get the name that the app wrote, the history one that is true`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann, bob], 1)
      let said = try await post(chat, ann, #"{"message":"x","name":"Annie"}"#)
      #expect(said.name == "Ann")
      #expect(chat.told.compactMap { ($0 as? Chat.PostedToEvent)?.entry.name } == ["Annie"])
      #expect(try await history(chat, bob).map(\.name) == ["Ann"])
    }
  }

  @Test(arguments: [
    ("{}", Failure.missing("message")), (#"{"message":""}"#, .missing("message")),
    (#"{"message":7}"#, .invalid("message")), (#"{"message":" \n"}"#, .invalid("message")), ("[]", .missing("message")),
  ])
  func `what is no message is refused`(fields: String, failure: Failure) async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann], 1)
      await #expect(throws: failure) { try await post(chat, ann, fields) }
    }
  }

  @Test func `only a higher revision changes the members, and tells who came and went`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann, bob, bob], 5)
      try await set(chat, [cid], 5)
      try await set(chat, [cid], 4)
      _ = try await history(chat, bob)
      try await set(chat, [cid, ann], 6)
      await #expect(throws: Failure(.forbidden, .notMember)) { try await history(chat, bob) }
      let changes = chat.told.compactMap { $0 as? Chat.EventMembersChanged }
      #expect(changes.count == 2)
      #expect(Set(changes[0].entered) == [UserID(ann), UserID(bob)] && changes[0].left == [])
      #expect(changes[1].entered == [UserID(cid)] && changes[1].left == [UserID(bob)])
      #expect(chat.ended.map(\.user) == [UserID(bob)])
      try await set(chat, [bob], 7)
      #expect(try await history(chat, bob) == [])
    }
  }

  @Test func `nobody comes in by the room's code, and nobody owns it`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann], 1)
      let code = try #require(try await chat.chat.list(Chat.ListRooms(), chat.context(ann)).rooms.first).room.text
      await #expect(throws: Failure(.notFound, .unknownRoom)) { try await chat.join(bob, code) }
      await #expect(throws: Failure(.forbidden, .notOwner)) { try await chat.lock(ann, code, false) }
      let events = try await chat.chat.listEvents(Chat.ListEventRooms(), chat.context(ann)).events
      #expect(events == [event])
      #expect(try await chat.chat.listEvents(Chat.ListEventRooms(), chat.context(bob)).events == [])
    }
  }

  @Test func `history comes in pages by moment`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann], 1)
      var moments: [Double] = []
      for number in 1...5 {
        chat.clock.advance(by: .seconds(1))
        moments.append(try await post(chat, ann, #"{"message":"\#(number)"}"#).timestamp)
      }
      #expect(try await history(chat, ann, before: moments[3]).map(\.text) == ["1", "2", "3"])
      #expect(try await history(chat, ann, before: moments[3], limit: 2).map(\.text) == ["2", "3"])
      #expect(try await history(chat, ann, before: -1e300) == [])
      await #expect(throws: Failure.invalid("limit")) { try await history(chat, ann, limit: 501) }
    }
  }

  @Test func `an erased room takes its messages along, and no late call brings it back`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann], 1)
      _ = try await post(chat, ann, #"{"message":"x"}"#)
      _ = try await chat.chat.eraseEventRoom(Chat.EraseEventRoom(event, revision: 3), CallContext())
      try await set(chat, [ann], 2)
      await #expect(throws: Failure(.notFound, .unknownRoom)) { try await history(chat, ann) }
      #expect(chat.ended.map(\.user) == [UserID(ann)])
      let left = try await chat.database.query("SELECT FROM chat.message UNION ALL SELECT FROM chat.room")
      #expect(left.count == 0)
      try await set(chat, [ann], 4)
      #expect(try await history(chat, ann) == [])
    }
  }

  @Test func `a retry with the same key is one message, in rooms and at events`() async throws {
    try await ChatBench.open { chat in
      try await set(chat, [ann, bob], 1)
      let first = try await post(chat, ann, #"{"message":"x"}"#, key: "k")
      chat.clock.advance(by: .seconds(5))
      let again = try await post(chat, ann, #"{"message":"x"}"#, key: "k")
      #expect(again == first)
      #expect(try await post(chat, bob, #"{"message":"x"}"#, key: "k").id != first.id)
      let room = try await chat.room()
      var context = chat.context(ann)
      context.key = "k"
      let call = Chat.SendMessage(to: .value(room), text: .value("y"))
      let (handler, known) = (chat.chat, context)
      let sends = (0..<10).map { _ in onLoop { try? await handler.send(call, known) } }
      var receipts: Set<Int?> = []
      for send in sends { receipts.insert(await send.value?.id) }
      #expect(receipts.count == 1 && !receipts.contains(nil))
      #expect(try await chat.history(ann, room).count == 1)
      #expect(chat.posted.count == 3)
    }
  }
}
