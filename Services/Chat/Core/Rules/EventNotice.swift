import Outbox
import Postgres
import Security
import Wire

/// What members of an event are told on their phones of a message that they did not hear live (jarvis.md 3.8).
struct EventNotice {
  /// As much of a text as a screen shows.
  static let mostCharacters = 200

  private let event: CalendarEventID
  private let sender: String
  private let body: String
  /// Delivery takes a key once, so that a message that is sent again rings once.
  private let key: String

  /// `key` is the one the sender gave the message, if any.
  init(_ draft: MessageDraft, on event: CalendarEventID, by caller: Caller, key: String?) {
    self.event = event
    sender = caller.signature.name
    body = String(draft.text.prefix(EventNotice.mostCharacters))
    self.key = Hex.encode(SHA256.digest(key.map { "\(draft.room) \(caller.id) \($0)" } ?? Random.uuid()))
  }

  /// One for each of the others who is not present.
  func drafts(to others: [UUIDValue], present: [UserID]) -> [OutboxDraft] {
    let present = Set(present)
    return others.map { UserID($0.description) }.filter { !present.contains($0) }.compactMap { user in
      try? OutboxDraft(notice(to: user), key: "\(key) \(user.text)")
    }
  }

  private func notice(to user: UserID) -> Delivery.Notify {
    var notice = Delivery.Notify(to: user, title: sender, body: body)
    notice.data = ["type": "chat", "event_id": event.text]
    notice.collapse = "chat \(event.text)"
    return notice
  }
}
