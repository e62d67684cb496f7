public import JSON

extension Chat {
  /// Stores a text of at most 4,000 characters and 16 KiB in a room, then tells the listeners.
  ///
  /// Faults are told in this order: `room_gid` missing, `msg` missing, either invalid, too fast, unknown room, not a
  /// member. The first message to an unlocked room makes the caller a member.
  public struct SendMessage: Call, Equatable {
    public static let name = "chat.send_message"
    public typealias Reply = Receipt
    public let room: Given<String>
    public let text: Given<String>

    public init(to room: Given<String>, text: Given<String>) {
      self.room = room
      self.text = text
    }
  }

  /// What a message became: stored, for good.
  public struct Receipt: Message, Equatable {
    public let id: Int
    /// Unix seconds with their fraction.
    public let timestamp: Double

    public init(id: Int, timestamp: Double) {
      self.id = id
      self.timestamp = timestamp
    }
  }

  /// Reads a part of a room's messages, in ascending order; the first reading of an unlocked room makes a member.
  ///
  /// Without `after` it is the newest `limit` messages (below `before`); with `after` the oldest `limit` above it, so
  /// that a reader who goes on from the last one it has seen misses none, however many senders write meanwhile.
  public struct History: Call, Equatable {
    public static let name = "chat.history"
    public typealias Reply = Page
    public static let largestPage = 1000
    public let room: Given<String>
    /// 1 to 1000, and 1000 when not given.
    public let limit: Given<Int>
    public let before: Given<Int>
    public let after: Given<Int>

    public init(
      of room: Given<String>,
      limit: Given<Int> = .nothing,
      before: Given<Int> = .nothing,
      after: Given<Int> = .nothing
    ) {
      self.room = room
      self.limit = limit
      self.before = before
      self.after = after
    }
  }

  /// Entries as a bare JSON array.
  public struct Page: Message, Equatable {
    public let entries: [Entry]
    public init(_ entries: [Entry]) { self.entries = entries }
  }
}

// MARK: - On the wire

extension Chat.SendMessage {
  public init(json: RawJSON) throws {
    var (room, text): (Given<String>, Given<String>) = (.nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.givenText()
      } else if scanner.matches(name, "msg") {
        text = try scanner.givenText()
      } else {
        return false
      }
      return true
    }
    self.init(to: room, text: text)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("msg", text)
    }
  }
}

extension Chat.Receipt {
  public init(json: RawJSON) throws {
    let object = try json.value().object
    guard let id = object?["msgId"]?.number?.int, let timestamp = object?["timestamp"]?.number?.double else {
      throw JSONFault(.type, at: 0)
    }
    self.init(id: id, timestamp: timestamp)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("msgId", id)
      $0.member("timestamp", timestamp)
    }
  }
}

extension Chat.History {
  public init(json: RawJSON) throws {
    var room = Given<String>.nothing
    var (limit, before, after): (Given<Int>, Given<Int>, Given<Int>) = (.nothing, .nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.givenText()
      } else if scanner.matches(name, "limit") {
        limit = try scanner.givenCount()
      } else if scanner.matches(name, "before") {
        before = try scanner.givenCount()
      } else if scanner.matches(name, "after") {
        after = try scanner.givenCount()
      } else {
        return false
      }
      return true
    }
    self.init(of: room, limit: limit, before: before, after: after)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("limit", limit)
      $0.member("before", before)
      $0.member("after", after)
    }
  }
}

extension Chat.Page {
  public init(json: RawJSON) throws {
    guard let values = try json.value().array else { throw JSONFault(.type, at: 0) }
    self.init(try values.map { value throws(JSONFault) in try Chat.Entry(value) })
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 16 + entries.count * 192)
    writer.beginArray()
    for entry in entries {
      writer.beginObject()
      entry.writeMembers(into: &writer)
      writer.endObject()
    }
    writer.endArray()
    return writer.raw
  }
}
