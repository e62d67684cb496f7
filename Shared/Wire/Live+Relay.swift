public import JSON

extension Live {
  /// Reports acts of a gateway's connections, in the order in which they happened; they take effect in that order.
  ///
  /// `not_found` when live does not know the gateway: it must attach first, and nothing was done. Acts are numbered one
  /// by one through the gateway's life, so that a click which was stored can be told from one that was not.
  public struct Relay: Call, Equatable {
    public static let name = "live.relay"
    public typealias Reply = Outcomes
    public let gateway: Int
    /// The number of the first act; the others follow it.
    public let first: Int
    public let acts: [Act]

    public init(of gateway: Int, first: Int, _ acts: [Act]) {
      self.gateway = gateway
      self.first = first
      self.acts = acts
    }
  }

  /// What became of each act of a relay, in their order; it comes when all that had to be stored is stored.
  public struct Outcomes: Message, Equatable {
    public let list: [Outcome]
    public init(_ list: [Outcome]) { self.list = list }
  }

  /// Makes all of a gateway's connections known; whatever live knew of them before is forgotten, and nobody is told of
  /// joins and leaves that this brings to light.
  ///
  /// A gateway attaches before its first relay, and whenever a relay has failed: then `unanswered` numbers the clicks
  /// whose outcome it does not know, and relays of acts below `next` count no more, should the bus bring one later.
  public struct Attach: Call, Codable, Equatable {
    public static let name = "live.attach"
    public typealias Reply = Attached
    public let gateway: Int
    public let seats: [Seat]
    public let unanswered: [Int]
    /// The number of the gateway's next act. An older gateway tells none.
    public let next: Int?

    public init(_ gateway: Int, _ seats: [Seat], unanswered: [Int] = [], next: Int? = nil) {
      self.gateway = gateway
      self.seats = seats
      self.unanswered = unanswered
      self.next = next
    }
  }

  public struct Attached: Message, Codable, Equatable {
    /// Those of the unanswered clicks that count; the others do not and never will.
    public let stored: [Int]
    public init(stored: [Int]) { self.stored = stored }
  }
}

extension Live.Relay {
  public init(json: RawJSON) throws {
    var (gateway, first, acts): (Int?, Int, [Live.Act]) = (nil, 0, [])
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "gateway") {
        gateway = try scanner.int()
      } else if scanner.matches(name, "first") {
        first = try scanner.int()
      } else if scanner.matches(name, "acts") {
        try scanner.beginArray()
        while try scanner.nextElement() { acts.append(try Live.Act(scanning: &scanner, json.bytes)) }
      } else {
        return false
      }
      return true
    }
    guard let gateway else { throw JSONFault(.type, at: 0) }
    self.init(of: gateway, first: first, acts)
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 64 + acts.count * 128)
    writer.beginObject()
    writer.member("gateway", gateway)
    writer.member("first", first)
    writer.name("acts")
    writer.beginArray()
    for act in acts { act.write(into: &writer) }
    writer.endArray()
    writer.endObject()
    return writer.raw
  }
}

extension Live.Act {
  fileprivate init(scanning scanner: inout JSONScanner, _ bytes: [UInt8]) throws(JSONFault) {
    var (kind, connection, arguments, address): (Kind?, Int?, RawJSON?, String?) = (nil, nil, nil, nil)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "act") {
        kind = Kind(rawValue: try scanner.string())
      } else if scanner.matches(name, "connection") {
        connection = try scanner.int()
      } else if scanner.matches(name, "arguments") {
        arguments = RawJSON(trusted: Array(bytes[try scanner.skipValue()]))
      } else if scanner.matches(name, "address") {
        address = try scanner.string()
      } else {
        try scanner.skipValue()
      }
    }
    guard let kind, let connection else { throw JSONFault(.type, at: scanner.offset) }
    self.init(kind, on: connection, arguments: arguments, address: address)
  }

  fileprivate func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("act", kind.rawValue)
    writer.member("connection", connection)
    writer.member("arguments", arguments)
    writer.member("address", address)
    writer.endObject()
  }
}

/// An outcome is null, or an object with a name or an error.
extension Live.Outcomes {
  public init(json: RawJSON) throws {
    guard let values = try json.value().array else { throw JSONFault(.type, at: 0) }
    self.init(values.map { Live.Outcome($0) })
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 16 + list.count * 5)
    writer.beginArray()
    for outcome in list { outcome.write(into: &writer) }
    writer.endArray()
    return writer.raw
  }
}

extension Live.Outcome {
  fileprivate init(_ value: JSONValue) {
    if let name = value.object?["name"]?.string {
      self = .named(name)
    } else if let error = value.object?["error"]?.string {
      self = .refused(Live.Refusal(rawValue: error) ?? .unavailable)
    } else {
      self = .done
    }
  }

  fileprivate func write(into writer: inout JSONWriter) {
    switch self {
    case .done: return writer.null()
    case .named(let name):
      writer.beginObject()
      writer.member("name", name)
    case .refused(let refusal):
      writer.beginObject()
      writer.member("error", refusal.rawValue)
    }
    writer.endObject()
  }
}
