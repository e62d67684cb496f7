public import JSON

extension Chat {
  /// A message was stored. Events of one room come in the order of their ids, unless several copies of chat write to it.
  ///
  /// `previous` lets a listener see that it missed one, or that another copy's event is still on its way: when `previous`
  /// is above the last id it has, it reads the history after that id, which holds everything up to this message at least;
  /// when `id` is not above it, the event is one it has. So every listener gets each message once, in order.
  public struct Posted: Event, Equatable {
    public static let subject = "chat.posted"
    public let room: RoomGID
    public let id: Int
    /// The id of the room's message before this one, 0 for the first.
    public let previous: Int
    public let sender: UserID
    /// An `Entry`, ready to be sent on.
    public let entry: RawJSON

    public init(in room: RoomGID, previous: Int, _ entry: Entry) {
      self.room = room
      self.id = entry.id
      self.sender = entry.sender
      self.previous = previous
      self.entry = entry.json()
    }

    /// The room of an event that need not be read any further; nil when it does not stand first.
    public static func room(of event: RawJSON) -> RoomGID? {
      var scanner = JSONScanner(event.bytes)
      guard (try? scanner.beginObject()) != nil, let name = try? scanner.nextMember(),
        scanner.matches(name, "room_gid"), let room = try? scanner.string()
      else { return nil }
      return RoomGID(room)
    }
  }

  /// Somebody left a room or was removed from it: their sockets of that room close.
  public struct MembershipEnded: Event, Codable, Equatable {
    public static let subject = "chat.membership_ended"
    public let room: RoomGID
    public let user: UserID

    public init(of user: UserID, in room: RoomGID) {
      self.room = room
      self.user = user
    }

    private enum CodingKeys: String, CodingKey { case room = "room_gid", user = "uuid" }
  }
}

extension Chat.Posted {
  public init(json: RawJSON) throws {
    var (room, sender, entry): (String?, String?, RawJSON?) = (nil, nil, nil)
    var (id, previous): (Int?, Int?) = (nil, nil)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.string()
      } else if scanner.matches(name, "msgId") {
        id = try scanner.int()
      } else if scanner.matches(name, "previous") {
        previous = try scanner.int()
      } else if scanner.matches(name, "sender") {
        sender = try scanner.string()
      } else if scanner.matches(name, "entry") {
        entry = RawJSON(trusted: Array(json.bytes[try scanner.skipValue()]))
      } else {
        return false
      }
      return true
    }
    guard let room, let id, let previous, let sender, let entry else { throw JSONFault(.type, at: 0) }
    (self.room, self.id, self.previous, self.entry) = (Chat.RoomGID(room), id, previous, entry)
    self.sender = UserID(sender)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room.text)
      $0.member("msgId", id)
      $0.member("previous", previous)
      $0.member("sender", sender.text)
      $0.member("entry", entry)
    }
  }
}
