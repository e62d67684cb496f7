import Loop
import Postgres
import Time
import Wire

// What members do with messages besides writing and reading them (chat.md 8).
extension ChatHandler {
  private static let standardPage = 50
  private static let mostReasonCharacters = 1000

  func markRead(_ call: Chat.MarkRead, _ context: CallContext) async throws(Failure) -> Chat.Reading {
    let caller = try await caller(of: context)
    let (room, id) = try place(call.room, call.id, caller)
    let store = store.until(context.deadline)
    let marked = try await asking { try await store.markRead(room, through: id, by: caller.id) }
    guard let reading = marked.reading else { throw turnedAway(marked.role, caller) }
    return reading
  }

  func edit(_ call: Chat.EditMessage, _ context: CallContext) async throws(Failure) -> Chat.Entry {
    let caller = try await caller(of: context)
    try call.room.mustBeThere("room_gid")
    try call.id.mustBeThere("msgId")
    let text = try call.text.required("msg")
    let (room, id) = try place(call.room, call.id, caller)
    guard MessageDraft.isFit(text) else { throw .invalid("msg") }
    try countMessage(of: caller)
    let (store, now) = (store.until(context.deadline), clock.now())
    let change = try await asking { try await store.edit(id, in: room, to: text, by: caller.id, at: now) }
    let entry = Chat.Entry(try changed(change, caller), username: caller.signature.name)
    report(.changed(.edited))
    tell(Chat.MessageChanged(in: Chat.RoomGID(room), id: id, entry))
    return entry
  }

  func delete(_ call: Chat.DeleteMessage, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    let (room, id) = try place(call.room, call.id, caller)
    let store = store.until(context.deadline)
    _ = try changed(try await asking { try await store.delete(id, in: room, by: caller.id) }, caller)
    report(.changed(.deleted))
    tell(Chat.MessageChanged(in: Chat.RoomGID(room), id: id, nil))
    return Empty()
  }

  func report(_ call: Chat.ReportMessage, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    let (room, id) = try place(call.room, call.id, caller)
    let reason = try call.reason.optional("reason") ?? ""
    guard reason.count <= ChatHandler.mostReasonCharacters, !reason.utf8.contains(0) else { throw .invalid("reason") }
    let (store, now) = (store.until(context.deadline), clock.now())
    let change = try await asking { try await store.report(id, in: room, reason: reason, by: caller.id, at: now) }
    _ = try changed(change, caller)
    report(.changed(.reported))
    return Empty()
  }

  func search(_ call: Chat.SearchMessages, _ context: CallContext) async throws(Failure) -> Chat.Finds {
    let caller = try await caller(of: context)
    let words = try call.query.required("q")
    guard words.count <= Chat.SearchMessages.longestQuery, !words.utf8.contains(0) else { throw .invalid("q") }
    let room = try call.room.optional("room_gid")
    if let room { try check(room, caller) }
    let before = try call.before.optional("before") ?? .max
    let limit = try page(call.limit, standard: ChatHandler.standardPage, most: Chat.SearchMessages.largestPage)
    let store = store.until(context.deadline)
    let found = try await asking {
      try await store.search(words, in: room, before: before, atMost: limit, for: caller.id)
    }
    return await finds(found)
  }

  // MARK: - One's own

  func block(_ call: Chat.BlockUser, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    try call.user.mustBeThere("uuid")
    try call.blocked.mustBeThere("blocked")
    guard let other = UUIDValue(try call.user.required("uuid")), other != caller.id else { throw .invalid("uuid") }
    let blocked = try call.blocked.required("blocked")
    let (store, now) = (store.until(context.deadline), clock.now())
    try await asking { try await store.setBlocked(other, blocked, by: caller.id, at: now) }
    report(.changed(.blocked))
    let (user, blockedUser) = (UserID(caller.id.description), UserID(other.description))
    tell(Chat.BlockChanged(of: user, other: blockedUser, blocked: blocked))
    return Empty()
  }

  func listBlocked(_ call: Chat.ListBlocked, _ context: CallContext) async throws(Failure) -> Chat.Users {
    let caller = try await caller(of: context)
    let store = store.until(context.deadline)
    return Chat.Users(try await asking { try await store.blocked(by: caller.id) }.map { UserID($0.description) })
  }

  func export(_ call: Chat.ExportMessages, _ context: CallContext) async throws(Failure) -> Chat.Finds {
    let caller = try await caller(of: context)
    let after = try call.after.optional("after") ?? 0
    let most = Chat.ExportMessages.largestPage
    let limit = try page(call.limit, standard: most, most: most)
    let store = store.until(context.deadline)
    return await finds(try await asking { try await store.messages(by: caller.id, after: after, atMost: limit) })
  }

  func erase(_ call: Chat.EraseUser, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    let store = store.until(context.deadline)
    let rooms = try await asking { try await store.erase(caller.id) }
    report(.changed(.erased))
    for room in rooms {
      tell(Chat.MembershipEnded(of: UserID(caller.id.description), in: Chat.RoomGID(room)))
    }
    return Empty()
  }

  // MARK: - Steps

  private func place(_ room: Given<String>, _ id: Given<Int>, _ caller: Caller) throws(Failure) -> (String, Int) {
    try room.mustBeThere("room_gid")
    try id.mustBeThere("msgId")
    let code = try room.required("room_gid")
    let id = try id.required("msgId")
    try check(code, caller)
    return (code, id)
  }

  private func page(_ limit: Given<Int>, standard: Int, most: Int) throws(Failure) -> Int {
    let limit = try limit.optional("limit") ?? standard
    guard (1...most).contains(limit) else { throw .invalid("limit") }
    return limit
  }

  private func changed(_ change: MessageChange, _ caller: Caller) throws(Failure) -> KeptMessage {
    guard change.role.standing == .member else { throw turnedAway(change.role, caller) }
    guard change.sender != nil else { throw Failure(.notFound, .unknownMessage) }
    guard let message = change.message else { throw Failure(.forbidden, .notAuthor) }
    return message
  }

  /// Nobody comes into a room by caring for its messages.
  private func turnedAway(_ role: Role, _ caller: Caller) -> Failure { refusal(role.standing, caller) }

  private func finds(_ found: [(room: String, message: KeptMessage)]) async -> Chat.Finds {
    report(.read(messages: found.count))
    let names = await people.signatures(of: Set(found.map(\.message.sender)))
    return Chat.Finds(
      found.map { room, message in
        let entry = Chat.Entry(message, username: (names[message.sender] ?? People.deleted).name)
        return Chat.Find(entry, in: Chat.RoomGID(room))
      }
    )
  }
}
