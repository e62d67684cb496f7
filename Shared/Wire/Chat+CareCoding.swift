public import JSON

extension Chat.EmptyCall {
  public init(json: RawJSON) throws { self.init() }
  public func json() -> RawJSON { .emptyObject }
}

extension Chat.MessageCall {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(Given(members["msgId"]), in: Given(members["room_gid"]))
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("msgId", id)
    }
  }
}

extension Chat.MarkRead {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(Given(members["room_gid"]), through: Given(members["msgId"]))
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("msgId", id)
    }
  }
}

extension Chat.EditMessage {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(Given(members["msgId"]), in: Given(members["room_gid"]), text: Given(members["msg"]))
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("msgId", id)
      $0.member("msg", text)
    }
  }
}

extension Chat.ReportMessage {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(Given(members["msgId"]), in: Given(members["room_gid"]), reason: Given(members["reason"]))
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room)
      $0.member("msgId", id)
      $0.member("reason", reason)
    }
  }
}

extension Chat.BlockUser {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(Given(members["uuid"]), blocked: Given(members["blocked"]))
  }

  public func json() -> RawJSON {
    .object {
      $0.member("uuid", user)
      $0.member("blocked", blocked)
    }
  }
}

extension Chat.SearchMessages {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(
      for: Given(members["q"]),
      in: Given(members["room_gid"]),
      before: Given(members["before"]),
      limit: Given(members["limit"])
    )
  }

  public func json() -> RawJSON {
    .object {
      $0.member("q", query)
      $0.member("room_gid", room)
      $0.member("before", before)
      $0.member("limit", limit)
    }
  }
}

extension Chat.ExportMessages {
  public init(json: RawJSON) throws {
    let members = try json.members()
    self.init(after: Given(members["after"]), limit: Given(members["limit"]))
  }

  public func json() -> RawJSON {
    .object {
      $0.member("after", after)
      $0.member("limit", limit)
    }
  }
}

extension Chat.Finds {
  public init(json: RawJSON) throws {
    guard let values = try json.value().array else { throw JSONFault(.type, at: 0) }
    self.init(
      try values.map { value throws(JSONFault) in
        guard let room = value.object?["room_gid"]?.string else { throw JSONFault(.type, at: 0) }
        return Chat.Find(try Chat.Entry(value), in: Chat.RoomGID(room))
      }
    )
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 16 + finds.count * 224)
    writer.beginArray()
    for find in finds {
      writer.beginObject()
      writer.member("room_gid", find.room.text)
      find.entry.writeMembers(into: &writer)
      writer.endObject()
    }
    writer.endArray()
    return writer.raw
  }
}

extension Chat.MessageChanged {
  public init(json: RawJSON) throws {
    var (room, id, entry): (String?, Int?, RawJSON?) = (nil, nil, nil)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "room_gid") {
        room = try scanner.string()
      } else if scanner.matches(name, "msgId") {
        id = try scanner.int()
      } else if scanner.matches(name, "entry") {
        entry = RawJSON(trusted: Array(json.bytes[try scanner.skipValue()]))
      } else {
        return false
      }
      return true
    }
    guard let room, let id else { throw JSONFault(.type, at: 0) }
    (self.room, self.id, self.entry) = (Chat.RoomGID(room), id, entry)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("room_gid", room.text)
      $0.member("msgId", id)
      $0.member("entry", entry)
    }
  }
}

extension RawJSON {
  /// The members of a client's object, for calls that nobody is in a hurry with.
  fileprivate func members() throws(JSONFault) -> JSONObject {
    guard let object = try value().object else { throw JSONFault(.type, at: 0) }
    return object
  }
}
