public import JSON

extension Frame {
  /// Reads one line, without its newline. Members may stand in any order and unknown ones are passed over, so that an
  /// older daemon understands a newer one; a line that is none of the known frames is a fault of type.
  public init(line: [UInt8]) throws(JSONFault) {
    var parts = FrameParts()
    try parts.read(line)
    self = try parts.frame()
  }
}

/// The members seen so far of a line, before it is known which frame they make.
private struct FrameParts {
  private var kind: Kind?
  private var text = ""
  private var id: Int?
  private var challenge: String?
  private var context = CallContext()
  private var body: RawJSON?
  private var failure: Failure?

  private enum Kind { case hello, proof, call, reply, subscribe, event, ping, pong, leaving, left }

  mutating func read(_ line: [UInt8]) throws(JSONFault) {
    var scanner = JSONScanner(line)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if try readKind(name, &scanner) { continue }
      if try readContext(name, &scanner) { continue }
      try readPayload(name, &scanner, line)
    }
    try scanner.finish()
  }

  private mutating func readKind(_ name: Range<Int>, _ scanner: inout JSONScanner) throws(JSONFault) -> Bool {
    if scanner.matches(name, "call") {
      try set(.call, text: scanner.string())
    } else if scanner.matches(name, "reply") {
      try set(.reply, id: scanner.int())
    } else if scanner.matches(name, "event") {
      try set(.event, text: scanner.string())
    } else if scanner.matches(name, "subscribe") {
      try set(.subscribe, text: scanner.string())
    } else if scanner.matches(name, "hello") {
      try set(.hello, text: scanner.string())
    } else if scanner.matches(name, "proof") {
      try set(.proof, text: scanner.string())
    } else if scanner.matches(name, "ping") {
      try set(.ping, id: scanner.int())
    } else if scanner.matches(name, "pong") {
      try set(.pong, id: scanner.int())
    } else if scanner.matches(name, "leaving") {
      try set(.leaving, id: scanner.int())
    } else if scanner.matches(name, "left") {
      try set(.left, id: scanner.int())
    } else {
      return false
    }
    return true
  }

  private mutating func set(_ kind: Kind, text: String) {
    self.kind = kind
    self.text = text
  }

  private mutating func set(_ kind: Kind, id: Int) {
    self.kind = kind
    self.id = id
  }

  private mutating func readContext(_ name: Range<Int>, _ scanner: inout JSONScanner) throws(JSONFault) -> Bool {
    if scanner.matches(name, "timeout") {
      context.timeout = try scanner.int()
    } else if scanner.matches(name, "user") {
      context.user = UserID(try scanner.string())
    } else if scanner.matches(name, "session") {
      context.session = SessionID(try scanner.string())
    } else if scanner.matches(name, "trace") {
      context.trace = try scanner.string()
    } else if scanner.matches(name, "key") {
      context.key = try scanner.string()
    } else {
      return false
    }
    return true
  }

  private mutating func readPayload(
    _ name: Range<Int>,
    _ scanner: inout JSONScanner,
    _ line: [UInt8]
  ) throws(JSONFault) {
    if scanner.matches(name, "id") {
      id = try scanner.int()
    } else if scanner.matches(name, "body") {
      body = RawJSON(trusted: Array(line[try scanner.skipValue()]))
    } else if scanner.matches(name, "error") {
      failure = try Failure(scanning: &scanner)
    } else if scanner.matches(name, "challenge") {
      challenge = try scanner.string()
    } else {
      try scanner.skipValue()
    }
  }

  func frame() throws(JSONFault) -> Frame {
    switch (kind, id) {
    case (.call, let id?): return .call(id: id, name: text, context: context, body: body ?? .null)
    case (.reply, let id?):
      if let failure { return .failure(id: id, failure) }
      return .reply(id: id, body: body ?? .null)
    case (.event, _): return .event(subject: text, body: body ?? .null)
    case (.subscribe, _): return .subscribe(subject: text)
    case (.hello, _): return .hello(service: text, challenge: challenge)
    case (.proof, _): return .proof(text)
    case (.ping, _): return .ping
    case (.pong, _): return .pong
    case (.leaving, _): return .leaving
    case (.left, _): return .left
    case (.call, nil), (.reply, nil), (nil, _): throw JSONFault(.type, at: 0)
    }
  }
}
