public import JSON

extension Chat {
  /// Opens a room that the caller owns. The request's members do not matter.
  public struct CreateRoom: Call, Equatable {
    public static let name = "chat.create_room"
    public typealias Reply = Opened
    public init() {}
  }

  /// A new room's code.
  public struct Opened: Message, Codable, Equatable {
    public let room: RoomGID
    public init(_ room: RoomGID) { self.room = room }
    private enum CodingKeys: String, CodingKey { case room = "room_gid" }
  }

  /// Makes the caller a member, again if need be; a repeat changes nothing. A locked room takes in only its owner.
  public struct JoinRoom: RoomCall {
    public static let name = "chat.join_room"
    public typealias Reply = Joined
    public let room: Given<String>
    public init(_ room: Given<String>) { self.room = room }
  }

  public struct Joined: Message, Codable, Equatable {
    public let room: RoomGID
    /// How many the room has now, the caller among them.
    public let members: Int

    public init(_ room: RoomGID, members: Int) {
      self.room = room
      self.members = members
    }

    private enum CodingKeys: String, CodingKey { case room = "room_gid", members }

    /// In the order of chat.md 2.6, as clients are shown it.
    public func json() -> RawJSON {
      .object { writer in
        writer.member("room_gid", room.text)
        writer.member("members", members)
      }
    }
  }

  /// Ends the caller's membership; a repeat changes nothing. An owner who leaves hands the room to its oldest member, and
  /// stays the owner of a room that nobody is left in.
  public struct LeaveRoom: RoomCall {
    public static let name = "chat.leave_room"
    public typealias Reply = Empty
    public let room: Given<String>
    public init(_ room: Given<String>) { self.room = room }
  }

  /// The caller's rooms, those with the newest message or, without any, membership first; at most 1000.
  public struct ListRooms: Call, Equatable {
    public static let name = "chat.list_rooms"
    public typealias Reply = Rooms
    public static let most = 1000
    public init() {}
  }

  /// Rooms as a bare JSON array.
  public struct Rooms: Message, Equatable {
    public let rooms: [ListedRoom]
    public init(_ rooms: [ListedRoom]) { self.rooms = rooms }
  }

  public struct ListedRoom: Sendable, Equatable {
    public enum Role: String, Sendable { case owner, member }
    public let room: RoomGID
    public let role: Role
    /// The last message; nil, and null on the wire, while there is none.
    public let last: Receipt?
    public let reading: Reading

    public init(_ room: RoomGID, _ role: Role, last: Receipt?, reading: Reading = Reading(read: 0, unread: 0)) {
      self.room = room
      self.role = role
      self.last = last
      self.reading = reading
    }
  }

  /// Closes a room to those who only know its code, or opens it again; `forbidden` for all but the owner.
  public struct LockRoom: Call, Equatable {
    public static let name = "chat.lock_room"
    public typealias Reply = Empty
    public let room: Given<String>
    public let locked: Given<Bool>

    public init(_ room: Given<String>, locked: Given<Bool>) {
      self.room = room
      self.locked = locked
    }
  }

  /// Ends the membership of somebody else; `forbidden` for all but the owner, `invalid` `uuid` for the owner's own.
  ///
  /// Who was removed must ask to join before sending or reading again, which a locked room refuses.
  public struct RemoveMember: Call, Equatable {
    public static let name = "chat.remove_member"
    public typealias Reply = Empty
    public let room: Given<String>
    public let user: Given<String>

    public init(_ user: Given<String>, from room: Given<String>) {
      self.room = room
      self.user = user
    }
  }

  /// A call that names a room and nothing else.
  public protocol RoomCall: Call, Equatable {
    var room: Given<String> { get }
    init(_ room: Given<String>)
  }
}
