import JSON

/// What stands in the array of an event or an acknowledgement.
struct Arguments: Equatable {
  /// The event's name; nil for an acknowledgement.
  var name: String?
  var values: [RawJSON] = []
}

extension Arguments {
  /// Names that the protocol's own events have; a client may not send them.
  private static let reserved: Set<String> = [
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
  ]

  /// Reads the array of an event: a name, or a number for one, then the arguments.
  static func event(_ payload: ArraySlice<UInt8>) throws(SocketFault) -> Arguments {
    var arguments = try list(payload)
    guard let first = arguments.values.first, let name = name(first), !reserved.contains(name) else { throw .payload }
    arguments.name = name
    arguments.values.removeFirst()
    return arguments
  }

  private static func name(_ json: RawJSON) -> String? {
    switch try? json.value() {
    case .string(let text): text
    case .number(let number): number.literal
    default: nil
    }
  }

  /// Reads the array of an acknowledgement, which may be empty.
  static func list(_ payload: ArraySlice<UInt8>) throws(SocketFault) -> Arguments {
    let bytes = Array(payload)
    var arguments = Arguments()
    do throws(JSONFault) {
      var scanner = JSONScanner(bytes)
      try scanner.beginArray()
      while try scanner.nextElement() { arguments.values.append(RawJSON(oneLine: bytes[try scanner.skipValue()])) }
      try scanner.finish()
    } catch {
      throw .payload
    }
    return arguments
  }

  /// The array's bytes.
  static func array(_ name: String?, _ values: [RawJSON]) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginArray()
    if let name { writer.string(name) }
    for value in values { writer.raw(value) }
    writer.endArray()
    return writer.raw.bytes
  }

  /// Whether each placeholder names one of so many attachments.
  func refers(toFewerThan count: Int) -> Bool {
    values.allSatisfy { json in
      guard let value = try? json.value() else { return false }
      return Arguments.refers(value, count)
    }
  }

  private static func refers(_ value: JSONValue, _ count: Int) -> Bool {
    switch value {
    case .array(let values): return values.allSatisfy { refers($0, count) }
    case .object(let object):
      guard object["_placeholder"] == .bool(true) else { return object.members.allSatisfy { refers($0.value, count) } }
      guard let index = object["num"]?.number?.int else { return false }
      return (0..<count).contains(index)
    default: return true
    }
  }
}

extension RawJSON {
  /// Bytes that a scanner has proven; line breaks between their tokens become blanks.
  init(oneLine bytes: ArraySlice<UInt8>) {
    self.init(trusted: bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
  }
}
