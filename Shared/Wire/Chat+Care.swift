public import JSON

// What members do with messages besides writing and reading them (chat.md 8).
extension Chat {
  /// Notes the last message that the caller has seen in a room; a lower one than noted before changes nothing.
  public struct MarkRead: Call, Equatable {
    public static let name = "chat.mark_read"
    public typealias Reply = Reading
    public let room: Given<String>
    public let id: Given<Int>

    public init(_ room: Given<String>, through id: Given<Int>) {
      self.room = room
      self.id = id
    }
  }

  public struct Reading: Message, Codable, Equatable {
    /// Beyond this nobody counts.
    public static let mostUnread = 100
    public let read: Int
    /// Messages of others above it, at most 100.
    public let unread: Int

    public init(read: Int, unread: Int) {
      self.read = read
      self.unread = unread
    }
  }

  /// Replaces the text of the caller's own message; live listeners over the browser's stream are told, and readers see when
  /// it was. Refuses with `unknown_message`, and with `not_author` for another's.
  public struct EditMessage: Call, Equatable {
    public static let name = "chat.edit_message"
    public typealias Reply = Entry
    public let room: Given<String>
    public let id: Given<Int>
    public let text: Given<String>

    public init(_ id: Given<Int>, in room: Given<String>, text: Given<String>) {
      self.room = room
      self.id = id
      self.text = text
    }
  }

  /// Takes a message away for good: the caller's own, or anybody's in the caller's room.
  public struct DeleteMessage: MessageCall {
    public static let name = "chat.delete_message"
    public typealias Reply = Empty
    public let room: Given<String>
    public let id: Given<Int>

    public init(_ id: Given<Int>, in room: Given<String>) {
      self.room = room
      self.id = id
    }
  }

  /// Lays a copy of a message before the operator, with the caller's reason, at most 1,000 characters. A repeat replaces
  /// the reason.
  public struct ReportMessage: Call, Equatable {
    public static let name = "chat.report_message"
    public typealias Reply = Empty
    public let room: Given<String>
    public let id: Given<Int>
    public let reason: Given<String>

    public init(_ id: Given<Int>, in room: Given<String>, reason: Given<String>) {
      self.room = room
      self.id = id
      self.reason = reason
    }
  }

  /// Hides somebody's messages from the caller, in history and live, or shows them again.
  public struct BlockUser: Call, Equatable {
    public static let name = "chat.block_user"
    public typealias Reply = Empty
    public let user: Given<String>
    public let blocked: Given<Bool>

    public init(_ user: Given<String>, blocked: Given<Bool>) {
      self.user = user
      self.blocked = blocked
    }
  }

  /// Whom the caller has blocked, as a bare JSON array, at most 1000.
  public struct ListBlocked: EmptyCall {
    public static let name = "chat.list_blocked"
    public typealias Reply = Users
    public init() {}
  }

  public struct Users: Message, Codable, Equatable {
    public let users: [UserID]
    public init(_ users: [UserID]) { self.users = users }
    public init(from decoder: any Decoder) throws { users = try [UserID](from: decoder) }
    public func encode(to encoder: any Encoder) throws { try users.encode(to: encoder) }
  }

  /// Finds words in the caller's rooms, or in one of them, the newest messages first.
  public struct SearchMessages: Call, Equatable {
    public static let name = "chat.search_messages"
    public typealias Reply = Finds
    public static let longestQuery = 256
    public static let largestPage = 100
    /// Words, "phrases", -exclusions, or.
    public let query: Given<String>
    public let room: Given<String>
    public let before: Given<Int>
    /// 1 to 100, and 50 when not given.
    public let limit: Given<Int>

    public init(
      for query: Given<String>,
      in room: Given<String> = .nothing,
      before: Given<Int> = .nothing,
      limit: Given<Int> = .nothing
    ) {
      self.query = query
      self.room = room
      self.before = before
      self.limit = limit
    }
  }

  /// The caller's own messages of all rooms, in ascending order.
  public struct ExportMessages: Call, Equatable {
    public static let name = "chat.export_messages"
    public typealias Reply = Finds
    public static let largestPage = 1000
    public let after: Given<Int>
    public let limit: Given<Int>

    public init(after: Given<Int> = .nothing, limit: Given<Int> = .nothing) {
      self.after = after
      self.limit = limit
    }
  }

  /// Takes the caller out of chat: memberships end, rooms go to their oldest member, messages stay with a sender that is
  /// nobody, blocks and what was known of the person are deleted.
  public struct EraseUser: EmptyCall {
    public static let name = "chat.erase_user"
    public typealias Reply = Empty
    public init() {}
  }

  /// Entries with their rooms, as a bare JSON array: each an entry with a member `room_gid` before it.
  public struct Finds: Message, Equatable {
    public let finds: [Find]
    public init(_ finds: [Find]) { self.finds = finds }
  }

  public struct Find: Sendable, Equatable {
    public let room: RoomGID
    public let entry: Entry

    public init(_ entry: Entry, in room: RoomGID) {
      self.room = room
      self.entry = entry
    }
  }

  /// A message was edited, or deleted when there is no entry.
  public struct MessageChanged: Event, Equatable {
    public static let subject = "chat.message_changed"
    public let room: RoomGID
    public let id: Int
    public let entry: RawJSON?

    public init(in room: RoomGID, id: Int, _ entry: Entry?) {
      self.room = room
      self.id = id
      self.entry = entry?.json()
    }
  }

  /// Somebody blocked another, or took it back.
  public struct BlockChanged: Event, Codable, Equatable {
    public static let subject = "chat.block_changed"
    public let user: UserID
    public let other: UserID
    public let blocked: Bool

    public init(of user: UserID, other: UserID, blocked: Bool) {
      self.user = user
      self.other = other
      self.blocked = blocked
    }
  }

  /// A call that names a message and nothing else.
  public protocol MessageCall: Call, Equatable {
    var room: Given<String> { get }
    var id: Given<Int> { get }
    init(_ id: Given<Int>, in room: Given<String>)
  }

  /// A call whose request says nothing.
  public protocol EmptyCall: Call, Equatable {
    init()
  }
}
