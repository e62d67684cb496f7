public import JSON

extension Live {
  /// What clients are to be shown, in this order and behind all that came before.
  ///
  /// Counters in it hold exactly what stands in front of it: a client that is told the stats and then counts the clicks
  /// it sees always shows the true number.
  public struct Feed: Event, Equatable {
    public static let subject = "live.feed"
    public let items: [Item]
    public init(_ items: [Item]) { self.items = items }
  }

  /// One event with its argument, for everybody unless it names whom.
  public struct Item: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case stats, status, click, event, message }

    public enum Audience: Sendable, Equatable {
      case everybody
      /// All connections of one gateway.
      case gateway(Int)
      case connection(Int, of: Int)
    }

    public let kind: Kind
    public let argument: RawJSON
    public let audience: Audience

    public init(_ kind: Kind, _ argument: RawJSON, to audience: Audience = .everybody) {
      self.kind = kind
      self.argument = argument
      self.audience = audience
    }
  }
}

extension Live.Feed {
  public init(json: RawJSON) throws {
    var items: [Live.Item] = []
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      guard scanner.matches(name, "items") else { return false }
      try scanner.beginArray()
      while try scanner.nextElement() {
        if let item = try Live.Item(scanning: &scanner, json.bytes) { items.append(item) }
      }
      return true
    }
    self.init(items)
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 32 + items.count * 128)
    writer.beginObject()
    writer.name("items")
    writer.beginArray()
    for item in items { item.write(into: &writer) }
    writer.endArray()
    writer.endObject()
    return writer.raw
  }
}

extension Live.Item {
  /// Nil for an event that this build does not know.
  fileprivate init?(scanning scanner: inout JSONScanner, _ bytes: [UInt8]) throws(JSONFault) {
    var (kind, argument, gateway, connection): (Kind?, RawJSON, Int?, Int?) = (nil, .null, nil, nil)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "event") {
        kind = Kind(rawValue: try scanner.string())
      } else if scanner.matches(name, "argument") {
        argument = RawJSON(trusted: Array(bytes[try scanner.skipValue()]))
      } else if scanner.matches(name, "gateway") {
        gateway = try scanner.int()
      } else if scanner.matches(name, "connection") {
        connection = try scanner.int()
      } else {
        try scanner.skipValue()
      }
    }
    guard let kind else { return nil }
    self.init(kind, argument, to: Audience(gateway, connection))
  }

  fileprivate func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("event", kind.rawValue)
    switch audience {
    case .everybody: break
    case .gateway(let gateway): writer.member("gateway", gateway)
    case .connection(let connection, let gateway):
      writer.member("gateway", gateway)
      writer.member("connection", connection)
    }
    writer.member("argument", argument)
    writer.endObject()
  }
}

extension Live.Item.Audience {
  fileprivate init(_ gateway: Int?, _ connection: Int?) {
    switch (gateway, connection) {
    case (let gateway?, let connection?): self = .connection(connection, of: gateway)
    case (let gateway?, nil): self = .gateway(gateway)
    case (nil, _): self = .everybody
    }
  }
}
