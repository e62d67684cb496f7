import JSON
import Loop
import Postgres
import Wire

// What the gateways' live sockets ask for.
extension ChatHandler {
  /// Listening is a reading: it makes a member of whom the room is open to.
  func openFeed(_ call: Chat.OpenFeed, _ context: CallContext) async throws(Failure) -> Chat.FeedPage {
    let caller = try await caller(of: context)
    try check(call.room, caller)
    let store = store.until(context.deadline)
    var feed = try await asking { try await store.openFeed(of: call.room, for: caller.id, after: call.after) }
    if feed.role.standing == .newcomer {
      try await admit(caller, to: call.room, store)
      feed = try await asking { try await store.openFeed(of: call.room, for: caller.id, after: call.after) }
    }
    guard feed.role.standing == .member else { throw refusal(feed.role.standing, caller) }
    return await page(feed.part, blocked: feed.blocked.map { UserID($0.description) })
  }

  func readFeed(_ call: Chat.ReadFeed, _ context: CallContext) async throws(Failure) -> Chat.FeedPage {
    let store = store.until(context.deadline)
    let room = call.room.text
    let part = try await asking { try await store.feed(of: room, after: call.after) }
    guard !call.listeners.isEmpty else { return await page(part) }
    let listeners = call.listeners.compactMap { UUIDValue($0.text) }
    let outsiders = try await asking { try await store.outsiders(among: listeners, of: room) }
    return await page(part, outsiders: outsiders.map { UserID($0.description) })
  }

  func checkMember(_ call: Chat.CheckMember, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await caller(of: context)
    try check(call.room.text, caller)
    let store = store.until(context.deadline)
    let role = try await asking { try await store.role(of: caller.id, in: call.room.text) }
    guard role.standing == .member else { throw refusal(role.standing, caller) }
    return Empty()
  }

  /// What gateways have to tell each other goes through here, because all of them listen to chat.
  func passOn(_ event: any Event) -> Empty {
    tell(event)
    return Empty()
  }

  private func page(
    _ part: FeedPart,
    outsiders: [UserID] = [],
    blocked: [UserID] = []
  ) async -> Chat.FeedPage {
    report(.read(messages: part.messages.count))
    let names = await people.signatures(of: Set(part.messages.map(\.sender)))
    let items = part.messages.map { message in
      let entry = Chat.Entry(message, username: names[message.sender]?.name ?? "")
      return Chat.FeedPage.Item(id: message.id, sender: entry.sender, entry: entry.json())
    }
    return Chat.FeedPage(items, through: part.through, hasMore: part.hasMore, outsiders: outsiders, blocked: blocked)
  }
}
