public import JSON

/// The calls and events of `carillon-chat`: rooms, their members, and what is said in them.
///
/// A call's request is the client's JSON object as it came, and its reply is the `data` of the answer (chat.md 2.3 to
/// 2.6); both pass the gateway unchanged. Every call is made for the user of its context; without one, or for a user whom
/// the directory does not know, it refuses with `unauthenticated`.
public enum Chat {}

public enum RoomKind {}

extension Chat {
  /// A room's code: eight letters and digits that cannot be mistaken for one another, upper and lower case apart.
  public typealias RoomGID = Identifier<RoomKind>

  /// Why chat refused, where the failure's word does not say enough; these texts are `Failure.reason` on the wire.
  public enum Reason: String, Sendable, CaseIterable {
    /// `not_found`: no such room, or one that is locked to a caller who was never in it; nobody can tell which.
    case unknownRoom = "unknown_room"
    /// `not_found`: the one to be removed was never in the room.
    case unknownMember = "unknown_member"
    /// `forbidden`: the caller was in the room once and must ask to join it again.
    case notMember = "not_member"
    /// `forbidden`: only the room's owner may do this.
    case notOwner = "not_owner"
    /// `rate_limited`: more messages than a person writes.
    case messages
    /// `rate_limited`: too many rooms asked for that are unknown.
    case attempts
    /// `not_found`: the room has no message of this id.
    case unknownMessage = "unknown_message"
    /// `forbidden`: the message is another's.
    case notAuthor = "not_author"
  }

  /// A message of a room as history lists it and live listeners get it.
  public struct Entry: Sendable, Equatable {
    public var sender: UserID
    /// The sender's display name as it is now.
    public var username: String
    /// Positive; rises with every message of the room, with gaps, as one sequence serves all rooms.
    public var id: Int
    public var text: String
    /// Unix seconds with their fraction, by the server's clock.
    public var timestamp: Double
    /// Unix seconds of the last edit; nil, and left out on the wire, for a message as it was sent.
    public var edited: Double?

    public init(
      sender: UserID,
      username: String,
      id: Int,
      text: String,
      timestamp: Double,
      edited: Double? = nil
    ) {
      self.sender = sender
      self.username = username
      self.id = id
      self.text = text
      self.timestamp = timestamp
      self.edited = edited
    }
  }
}

extension Failure {
  /// A refusal with a reason of chat's own list.
  public init(_ word: Word, _ reason: Chat.Reason, retryAfter: Int? = nil) {
    self.init(word, reason: reason.rawValue, retryAfter: retryAfter)
  }
}

extension Chat.Entry: Message {
  public init(json: RawJSON) throws { try self.init(json.value()) }
  public func json() -> RawJSON { .object { writeMembers(into: &$0) } }

  init(_ value: JSONValue) throws(JSONFault) {
    guard let sender = value.object?["sender"]?.object, let msg = value.object?["msg"]?.object,
      let uuid = sender["uuid"]?.string, let username = sender["username"]?.string, let id = msg["msgId"]?.number?.int,
      let text = msg["txt"]?.string, let timestamp = msg["timestamp"]?.number?.double
    else { throw JSONFault(.type, at: 0) }
    let edited = msg["edited"]?.number?.double
    self.init(sender: UserID(uuid), username: username, id: id, text: text, timestamp: timestamp, edited: edited)
  }

  func writeMembers(into writer: inout JSONWriter) {
    writer.name("sender")
    writer.beginObject()
    writer.member("uuid", sender.text)
    writer.member("username", username)
    writer.endObject()
    writer.name("msg")
    writer.beginObject()
    writer.member("msgId", id)
    writer.member("txt", text)
    writer.member("timestamp", timestamp)
    writer.member("edited", edited)
    writer.endObject()
  }
}
