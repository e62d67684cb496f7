import JSON
import Loop
import Postgres
import Security
import Time
import Wire

// The rooms of the calendar's events: the calendar decides who is in them, the members write and read.
extension ChatHandler {
  private static let standardPage = 200
  /// More than any app writes for a name, a date or a time of day.
  private static let mostStampBytes = 256

  // MARK: - For the calendar

  func setEventRoom(_ call: Chat.SetEventRoom, _ context: CallContext) async throws(Failure) -> Empty {
    let members = call.members.compactMap { UUIDValue($0.text) }
    guard members.count == call.members.count else { throw .invalid("members") }
    let (store, now) = (store.until(context.deadline), clock.now())
    let change = try await asking {
      try await store.setEventRoom(
        call.event.text,
        members: members,
        revision: call.revision,
        spare: RoomCode.random(),
        at: now
      )
    }
    if let change { changed(call.event, change) }
    return Empty()
  }

  func eraseEventRoom(_ call: Chat.EraseEventRoom, _ context: CallContext) async throws(Failure) -> Empty {
    let store = store.until(context.deadline)
    let change = try await asking { try await store.eraseEventRoom(call.event.text, revision: call.revision) }
    if let change { changed(call.event, change) }
    return Empty()
  }

  private func changed(_ event: CalendarEventID, _ change: EventRoomChange) {
    for user in change.left {
      report(.changed(.removed))
      tell(Chat.MembershipEnded(of: UserID(user.description), in: Chat.RoomGID(change.room)))
    }
    for _ in change.entered { report(.changed(.entered)) }
    guard !change.entered.isEmpty || !change.left.isEmpty else { return }
    let users = { (users: [UUIDValue]) in users.map { UserID($0.description) } }
    tell(Chat.EventMembersChanged(of: event, entered: users(change.entered), left: users(change.left)))
  }

  // MARK: - For members

  func post(_ call: Chat.PostToEvent, _ context: CallContext) async throws(Failure) -> Chat.EventEntry {
    let caller = try await caller(of: context)
    let fields = (try? call.fields.value().object) ?? JSONObject()
    let text = try MessageDraft.eventText(Given(fields["message"]))
    try countMessage(of: caller)
    let store = store.until(context.deadline)
    guard let (room, others) = try await asking({ try await store.audience(of: call.event.text, for: caller.id) })
    else {
      throw Failure(.notFound, .unknownRoom)
    }
    let draft = MessageDraft(room: room, text: text)
    let notices = EventNotice(draft, on: call.event, by: caller, key: context.key)
      .drafts(to: others, present: call.present)
    let verdict = try await self.store(draft, caller, key: context.key, mayEnter: false, notices: notices)
    guard let place = verdict.place else { throw Failure(.forbidden, .notMember) }
    var entry = Chat.EventEntry(
      in: call.event,
      id: place.id,
      sender: UserID(caller.id.description),
      email: caller.signature.email,
      name: caller.signature.name,
      text: text,
      timestamp: place.sentAt.seconds
    )
    guard !place.isRepeat else { return entry }
    entry.date = stamp(fields["date"])
    entry.time = stamp(fields["time"])
    var live = entry
    live.name = stamp(fields["name"]) ?? entry.name
    tell(Chat.PostedToEvent(live))
    return entry
  }

  private func stamp(_ value: JSONValue?) -> String? {
    value?.string.flatMap { $0.utf8.count <= ChatHandler.mostStampBytes ? $0 : nil }
  }

  func history(_ call: Chat.EventHistory, _ context: CallContext) async throws(Failure) -> Chat.EventPage {
    let caller = try await caller(of: context)
    let limit = call.limit ?? ChatHandler.standardPage
    guard (1...Chat.EventHistory.largestPage).contains(limit) else { throw .invalid("limit") }
    let store = store.until(context.deadline)
    let room = try await room(of: call.event, store)
    let before = call.before.map { Timestamp(seconds: $0) }
    let page = try await asking {
      try await store.messages(of: room, for: caller.id, before: before, atMost: limit)
    }
    guard page.role.standing == .member else { throw Failure(.forbidden, .notMember) }
    report(.read(messages: page.messages.count))
    let names = await people.signatures(of: Set(page.messages.map(\.sender)))
    return Chat.EventPage(
      page.messages.map { Chat.EventEntry($0, in: call.event, names[$0.sender] ?? People.deleted) }
    )
  }

  func listEvents(_ call: Chat.ListEventRooms, _ context: CallContext) async throws(Failure) -> Chat.EventRooms {
    let caller = try await caller(of: context)
    let store = store.until(context.deadline)
    let events = try await asking { try await store.events(of: caller.id, atMost: Chat.ListRooms.most) }
    return Chat.EventRooms(events.map { CalendarEventID($0) })
  }

  private func room(of event: CalendarEventID, _ store: ChatStore) async throws(Failure) -> String {
    guard let room = try await asking({ try await store.room(of: event.text) }) else {
      throw Failure(.notFound, .unknownRoom)
    }
    return room
  }
}

extension Chat.EventEntry {
  fileprivate init(_ message: KeptMessage, in event: CalendarEventID, _ signature: Signature) {
    self.init(
      in: event,
      id: message.id,
      sender: UserID(message.sender.description),
      email: signature.email,
      name: signature.name,
      text: message.text,
      timestamp: message.sentAt.seconds
    )
  }
}
