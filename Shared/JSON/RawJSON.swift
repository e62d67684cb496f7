/// One valid JSON value as bytes on one line, passed on without being taken apart.
public struct RawJSON: Sendable, Equatable {
  public let bytes: [UInt8]

  public static let null = RawJSON(trusted: Array("null".utf8))
  public static let emptyObject = RawJSON(trusted: Array("{}".utf8))

  /// Takes bytes that a writer of this module or a scanner has just proven to be one value without line breaks.
  public init(trusted bytes: [UInt8]) { self.bytes = bytes }

  /// Checks input from outside. Line breaks between its tokens become blanks, which changes no value.
  public init(validating bytes: [UInt8]) throws(JSONFault) {
    var scanner = JSONScanner(bytes)
    try scanner.skipValue()
    try scanner.finish()
    let isBreak: (UInt8) -> Bool = { $0 == 0x0A || $0 == 0x0D }
    self.bytes = bytes.contains(where: isBreak) ? bytes.map { isBreak($0) ? 0x20 : $0 } : bytes
  }

  /// The value as a tree.
  public func value() throws(JSONFault) -> JSONValue { try JSONValue(parsing: bytes) }

  /// Whether the value is an object.
  public var isObject: Bool {
    var scanner = JSONScanner(bytes)
    return scanner.peek() == UInt8(ascii: "{")
  }
}
