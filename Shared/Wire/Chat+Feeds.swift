public import JSON

// What live sockets stand on: pages that join the stored messages to the events without gap or double.
extension Chat {
  /// Begins to listen to a room for the context's user, who becomes a member by it as by a first reading; refuses as
  /// `History` does.
  ///
  /// With `after`, the page holds what is stored above that id, but at most the room's newest 1,000 messages; without, it
  /// holds none and tells where the room stands. What is missing is had by `ReadFeed`.
  public struct OpenFeed: Call, Equatable {
    public static let name = "chat.open_feed"
    public typealias Reply = FeedPage
    /// How far back a listener who returns is served.
    public static let reach = 1000
    public let room: String
    public let after: Int?

    public init(_ room: String, after: Int?) {
      self.room = room
      self.after = after
    }
  }

  /// Reads on, for the suite itself: nobody's membership is asked for. `listeners` that are not members come back in the
  /// page, for those who may have missed the end of a membership.
  public struct ReadFeed: Call, Equatable {
    public static let name = "chat.read_feed"
    public typealias Reply = FeedPage
    public let room: RoomGID
    public let after: Int
    public let listeners: [UserID]

    public init(_ room: RoomGID, after: Int, listeners: [UserID] = []) {
      self.room = room
      self.after = after
      self.listeners = listeners
    }
  }

  /// A part of a room's messages in ascending order.
  public struct FeedPage: Message, Equatable {
    public static let largest = 50

    public struct Item: Sendable, Equatable {
      public let id: Int
      public let sender: UserID
      /// An `Entry`, ready to be sent on.
      public let entry: RawJSON

      public init(id: Int, sender: UserID, entry: RawJSON) {
        self.id = id
        self.sender = sender
        self.entry = entry
      }
    }

    public let items: [Item]
    /// Every message above the asked id up to this one is in the page, or was when it was read.
    public let through: Int
    /// Whether the room had messages above `through`.
    public let hasMore: Bool
    public let outsiders: [UserID]
    /// Whom the listener has blocked; in the page that opens a feed only.
    public let blocked: [UserID]

    public init(_ items: [Item], through: Int, hasMore: Bool, outsiders: [UserID] = [], blocked: [UserID] = []) {
      self.items = items
      self.through = through
      self.hasMore = hasMore
      self.outsiders = outsiders
      self.blocked = blocked
    }
  }
}

// MARK: - On the wire

extension Chat.OpenFeed {
  public init(json: RawJSON) throws {
    var (room, after): (String?, Int?) = (nil, nil)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.string()
      } else if scanner.matches(name, "after") {
        after = try scanner.int()
      } else {
        return false
      }
      return true
    }
    guard let room else { throw JSONFault(.type, at: 0) }
    self.init(room, after: after)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("after", after)
    }
  }
}

extension Chat.ReadFeed {
  public init(json: RawJSON) throws {
    var (room, after, listeners): (String?, Int?, [UserID]) = (nil, nil, [])
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.string()
      } else if scanner.matches(name, "after") {
        after = try scanner.int()
      } else if scanner.matches(name, "listeners") {
        listeners = try scanner.users()
      } else {
        return false
      }
      return true
    }
    guard let room, let after else { throw JSONFault(.type, at: 0) }
    self.init(Chat.RoomGID(room), after: after, listeners: listeners)
  }

  public func json() -> RawJSON {
    .object { writer in
      writer.member("room_gid", room.text)
      writer.member("after", after)
      if !listeners.isEmpty { writer.member("listeners", listeners) }
    }
  }
}

extension Chat.FeedPage {
  public init(json: RawJSON) throws {
    var (items, outsiders, blocked): ([Item], [UserID], [UserID]) = ([], [], [])
    var (through, hasMore): (Int?, Bool) = (nil, false)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "items") {
        try scanner.readElements { scanner throws(JSONFault) in
          items.append(try Item(scanning: &scanner, in: json.bytes))
        }
      } else if scanner.matches(name, "through") {
        through = try scanner.int()
      } else if scanner.matches(name, "more") {
        hasMore = try scanner.bool()
      } else if scanner.matches(name, "outsiders") {
        outsiders = try scanner.users()
      } else if scanner.matches(name, "blocked") {
        blocked = try scanner.users()
      } else {
        return false
      }
      return true
    }
    guard let through else { throw JSONFault(.type, at: 0) }
    self.init(items, through: through, hasMore: hasMore, outsiders: outsiders, blocked: blocked)
  }

  public func json() -> RawJSON {
    .object { writer in
      writer.name("items")
      writer.beginArray()
      for item in items {
        writer.beginObject()
        writer.member("msgId", item.id)
        writer.member("sender", item.sender.text)
        writer.member("entry", item.entry)
        writer.endObject()
      }
      writer.endArray()
      writer.member("through", through)
      writer.member("more", hasMore)
      if !outsiders.isEmpty { writer.member("outsiders", outsiders) }
      if !blocked.isEmpty { writer.member("blocked", blocked) }
    }
  }
}

extension Chat.FeedPage.Item {
  fileprivate init(scanning scanner: inout JSONScanner, in bytes: [UInt8]) throws(JSONFault) {
    var (id, sender, entry): (Int?, String?, RawJSON?) = (nil, nil, nil)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "msgId") {
        id = try scanner.int()
      } else if scanner.matches(name, "sender") {
        sender = try scanner.string()
      } else if scanner.matches(name, "entry") {
        entry = RawJSON(trusted: Array(bytes[try scanner.skipValue()]))
      } else {
        try scanner.skipValue()
      }
    }
    guard let id, let sender, let entry else { throw JSONFault(.type, at: scanner.offset) }
    self.init(id: id, sender: UserID(sender), entry: entry)
  }
}

extension JSONScanner {
  fileprivate mutating func users() throws(JSONFault) -> [UserID] {
    var users: [UserID] = []
    try readElements { scanner throws(JSONFault) in users.append(UserID(try scanner.string())) }
    return users
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ users: [UserID]) {
    self.name(name)
    beginArray()
    for user in users { string(user.text) }
    endArray()
  }
}
