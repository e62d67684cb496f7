import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import ChatCore

/// What members do with messages besides writing and reading them (chat.md 8).
@Suite(.needsPostgres)
@LoopActor struct ChatCareTests {
  private let notAuthor = Failure(.forbidden, .notAuthor)
  private let unknownMessage = Failure(.notFound, .unknownMessage)

  private func edit(_ chat: ChatBench, _ user: String, _ id: Int, _ room: String, _ text: String) async throws(Failure)
    -> Chat.Entry
  {
    let call = Chat.EditMessage(.value(id), in: .value(room), text: .value(text))
    return try await chat.chat.edit(call, chat.context(user))
  }

  private func delete(_ chat: ChatBench, _ user: String, _ id: Int, _ room: String) async throws(Failure) {
    _ = try await chat.chat.delete(Chat.DeleteMessage(.value(id), in: .value(room)), chat.context(user))
  }

  private func mark(_ chat: ChatBench, _ user: String, _ id: Int, _ room: String) async throws(Failure) -> Chat.Reading
  {
    try await chat.chat.markRead(Chat.MarkRead(.value(room), through: .value(id)), chat.context(user))
  }

  private func search(
    _ chat: ChatBench,
    _ user: String,
    _ words: String,
    in room: String? = nil
  ) async throws(Failure) -> [String] {
    let words = words.isEmpty ? Given.nothing : .value(words)
    let call = Chat.SearchMessages(for: words, in: room.map { .value($0) } ?? .nothing)
    return try await chat.chat.search(call, chat.context(user)).finds.map(\.entry.text)
  }

  private func changes(_ chat: ChatBench) -> [Chat.MessageChanged] {
    chat.told.compactMap { $0 as? Chat.MessageChanged }
  }

  @Test func `a mark moves forward only, and others' messages above it are unread`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.join(bob, room)
      var ids: [Int] = []
      for text in ["1", "2", "3"] { ids.append(try await chat.send(ann, room, text).id) }
      #expect(try await chat.rooms(bob).map(\.reading) == [Chat.Reading(read: 0, unread: 3)])
      #expect(try await chat.rooms(ann).map(\.reading) == [Chat.Reading(read: 0, unread: 0)])
      #expect(try await mark(chat, bob, ids[1], room) == Chat.Reading(read: ids[1], unread: 1))
      #expect(try await mark(chat, bob, ids[0], room) == Chat.Reading(read: ids[1], unread: 1))
      #expect(try await mark(chat, bob, .max, room) == Chat.Reading(read: ids[2], unread: 0))
      #expect(try await chat.rooms(bob).map(\.reading) == [Chat.Reading(read: ids[2], unread: 0)])
      await #expect(throws: unknownRoom) { try await mark(chat, bob, 1, nowhere) }
      let other = try await chat.room()
      await #expect(throws: unknownRoom) { try await mark(chat, bob, 1, other) }
    }
  }

  @Test func `an author edits, and readers see when`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.join(bob, room)
      let sent = try await chat.send(bob, room, "frist")
      chat.clock.advance(by: .seconds(30))
      let entry = try await edit(chat, bob, sent.id, room, "first")
      #expect(entry.text == "first" && entry.timestamp == sent.timestamp && entry.edited == sent.timestamp + 30)
      #expect(try await chat.history(ann, room) == [entry])
      #expect(changes(chat) == [Chat.MessageChanged(in: Chat.RoomGID(room), id: sent.id, entry)])
      await #expect(throws: notAuthor) { try await edit(chat, ann, sent.id, room, "mine") }
      await #expect(throws: unknownMessage) { try await edit(chat, bob, sent.id + 1, room, "x") }
      await #expect(throws: Failure.invalid("msg")) { try await edit(chat, bob, sent.id, room, " ") }
      await #expect(throws: unknownRoom) { try await edit(chat, cid, sent.id, room, "x") }
      try await chat.leave(bob, room)
      await #expect(throws: Failure(.forbidden, .notMember)) { try await edit(chat, bob, sent.id, room, "x") }
      #expect(try await chat.history(ann, room).map(\.text) == ["first"])
    }
  }

  @Test func `an author deletes, the owner too, nobody else`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      for user in [bob, cid] { try await chat.join(user, room) }
      var ids: [Int] = []
      for text in ["1", "2", "3"] { ids.append(try await chat.send(bob, room, text).id) }
      await #expect(throws: notAuthor) { try await delete(chat, cid, ids[0], room) }
      try await delete(chat, bob, ids[0], room)
      try await delete(chat, ann, ids[2], room)
      await #expect(throws: unknownMessage) { try await delete(chat, ann, ids[2], room) }
      #expect(try await chat.history(cid, room).map(\.text) == ["2"])
      #expect(changes(chat).map(\.id) == [ids[0], ids[2]] && changes(chat).allSatisfy { $0.entry == nil })
      // Listeners see no gap where a message was.
      try await chat.send(bob, room, "4")
      #expect(chat.posted.last?.previous == ids[1])
    }
  }

  @Test func `words are found in one's own rooms, the newest first`() async throws {
    try await ChatBench.open { chat in
      let (room, other) = (try await chat.room(), try await chat.room(of: bob))
      try await chat.send(ann, room, "The quick brown fox")
      try await chat.send(ann, room, "a lazy dog, quick to bark")
      try await chat.send(bob, other, "quick elsewhere")
      #expect(try await search(chat, ann, "QUICK") == ["a lazy dog, quick to bark", "The quick brown fox"])
      #expect(try await search(chat, ann, "quick -dog") == ["The quick brown fox"])
      #expect(try await search(chat, ann, "\"brown quick\"") == [])
      try await chat.join(ann, other)
      #expect(try await search(chat, ann, "quick").count == 3)
      #expect(try await search(chat, ann, "quick", in: other) == ["quick elsewhere"])
      #expect(try await search(chat, cid, "quick") == [])
      #expect(try await search(chat, ann, "'\\(:*&|!") == [])
      await #expect(throws: Failure.missing("q")) { try await search(chat, ann, "") }
      await #expect(throws: Failure.invalid("q")) { try await search(chat, ann, "a\u{0}") }
    }
  }

  @Test func `who is blocked is not read, until it is taken back`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      try await chat.send(bob, room, "from bob")
      try await chat.send(cid, room, "from cid")
      let context = chat.context(ann)
      let block = { (blocked: Bool) async throws in
        _ = try await chat.chat.block(Chat.BlockUser(.value(bob), blocked: .value(blocked)), context)
      }
      try await block(true)
      try await block(true)
      #expect(try await chat.history(ann, room).map(\.text) == ["from cid"])
      #expect(try await chat.history(cid, room).map(\.text) == ["from bob", "from cid"])
      #expect(try await search(chat, ann, "from") == ["from cid"])
      #expect(try await chat.chat.listBlocked(Chat.ListBlocked(), context).users == [UserID(bob)])
      let feed = try await chat.chat.openFeed(Chat.OpenFeed(room, after: 0), context)
      #expect(feed.blocked == [UserID(bob)] && feed.items.map(\.sender) == [UserID(bob), UserID(cid)])
      try await block(false)
      #expect(try await chat.history(ann, room).count == 2)
      let own = Chat.BlockUser(.value(ann), blocked: .value(true))
      await #expect(throws: Failure.invalid("uuid")) { try await chat.chat.block(own, context) }
    }
  }

  @Test func `a report keeps the message as it was`() async throws {
    try await ChatBench.open { chat in
      let room = try await chat.room()
      let id = try await chat.send(bob, room, "rude").id
      for reason in ["first", "second"] {
        let call = Chat.ReportMessage(.value(id), in: .value(room), reason: .value(reason))
        _ = try await chat.chat.report(call, chat.context(ann))
      }
      try await delete(chat, bob, id, room)
      let kept = try await chat.database.query("SELECT txt, reason FROM chat.report")
      #expect(kept.count == 1)
      #expect(try kept[0].get("txt") == "rude" && kept[0].get("reason") == "second")
      let gone = Chat.ReportMessage(.value(id), in: .value(room), reason: .nothing)
      await #expect(throws: unknownMessage) { try await chat.chat.report(gone, chat.context(ann)) }
    }
  }

  @Test func `one's own messages are exported, and stay without a sender after an erasure`() async throws {
    try await ChatBench.open { chat in
      let (room, other) = (try await chat.room(), try await chat.room(of: bob))
      try await chat.send(ann, room, "one")
      try await chat.send(ann, other, "two")
      try await chat.send(bob, other, "three")
      let pages = try await chat.chat.export(Chat.ExportMessages(limit: .value(1)), chat.context(ann)).finds
      #expect(pages.map(\.entry.text) == ["one"] && pages[0].room.text == room)
      let rest = Chat.ExportMessages(after: .value(pages[0].entry.id))
      #expect(try await chat.chat.export(rest, chat.context(ann)).finds.map(\.entry.text) == ["two"])
      try await chat.join(cid, room)
      _ = try await chat.chat.erase(Chat.EraseUser(), chat.context(ann))
      #expect(try await chat.history(bob, other).map(\.username) == ["deleted", "Bob"])
      #expect(try await chat.rooms(cid).first?.role == .owner)
      #expect(try await chat.rooms(ann).isEmpty)
      #expect(Set(chat.ended.map(\.room.text)) == [room, other])
      let tables = ["member", "message", "block", "person", "report"].map {
        "SELECT row_to_json(t)::text AS line FROM chat.\($0) t"
      }
      let rows = try await chat.database.query("\(unescaped: tables.joined(separator: " UNION ALL "))")
      for row in rows { #expect(try row.get("line", as: String.self).contains(ann) == false) }
    }
  }
}
