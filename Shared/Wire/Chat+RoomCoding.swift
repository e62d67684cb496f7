public import JSON

extension Chat.CreateRoom {
  public init(json: RawJSON) throws {}
  public func json() -> RawJSON { .emptyObject }
}

extension Chat.ListRooms {
  public init(json: RawJSON) throws {}
  public func json() -> RawJSON { .emptyObject }
}

extension Chat.RoomCall {
  public init(json: RawJSON) throws {
    var room = Given<String>.nothing
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      guard scanner.matches(name, "room_gid") else { return false }
      room = try scanner.givenText()
      return true
    }
    self.init(room)
  }

  public func json() -> RawJSON { .object { $0.member("room_gid", room) } }
}

extension Chat.LockRoom {
  public init(json: RawJSON) throws {
    var (room, locked): (Given<String>, Given<Bool>) = (.nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.givenText()
      } else if scanner.matches(name, "locked") {
        locked = try scanner.givenFlag()
      } else {
        return false
      }
      return true
    }
    self.init(room, locked: locked)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("locked", locked)
    }
  }
}

extension Chat.RemoveMember {
  public init(json: RawJSON) throws {
    var (room, user): (Given<String>, Given<String>) = (.nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.givenText()
      } else if scanner.matches(name, "uuid") {
        user = try scanner.givenText()
      } else {
        return false
      }
      return true
    }
    self.init(user, from: room)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("uuid", user)
    }
  }
}

extension Chat.Rooms {
  public init(json: RawJSON) throws {
    guard let values = try json.value().array else { throw JSONFault(.type, at: 0) }
    self.init(try values.map { value throws(JSONFault) in try Chat.ListedRoom(value) })
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 16 + rooms.count * 96)
    writer.beginArray()
    for room in rooms { room.write(into: &writer) }
    writer.endArray()
    return writer.raw
  }
}

extension Chat.ListedRoom {
  init(_ value: JSONValue) throws(JSONFault) {
    guard let object = value.object, let room = object["room_gid"]?.string,
      let role = object["role"]?.string.flatMap({ Role(rawValue: $0) })
    else { throw JSONFault(.type, at: 0) }
    let (id, timestamp) = (object["msgId"]?.number?.int, object["timestamp"]?.number?.double)
    let last = id.flatMap { id in timestamp.map { Chat.Receipt(id: id, timestamp: $0) } }
    let reading = Chat.Reading(read: object["read"]?.number?.int ?? 0, unread: object["unread"]?.number?.int ?? 0)
    self.init(Chat.RoomGID(room), role, last: last, reading: reading)
  }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("room_gid", room.text)
    writer.member("role", role.rawValue)
    writer.name("msgId")
    if let last { writer.int(last.id) } else { writer.null() }
    writer.name("timestamp")
    if let last { writer.double(last.timestamp) } else { writer.null() }
    writer.member("read", reading.read)
    writer.member("unread", reading.unread)
    writer.endObject()
  }
}
