/// A `uuid` in its 16 bytes: half the traffic of the text form, and no parsing on the server.
public struct UUIDValue: Hashable, Sendable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Nobody can foretell it: all bits but those of version 4 and the variant (RFC 9562) come from the kernel.
  public static func random() -> UUIDValue {
    var generator = SystemRandomNumberGenerator()
    let high = generator.next() & ~0xF000 | 0x4000
    return UUIDValue(high: high, low: generator.next() & ~(3 << 62) | 1 << 63)
  }

  /// Reads 8-4-4-4-12 hex digits of either case; nil for anything else.
  public init?(_ text: String) {
    var text = text
    let parsed: UUIDValue? = text.withUTF8 { UUIDValue(digits: $0) }
    guard let parsed else { return nil }
    self = parsed
  }

  private init?(digits: UnsafeBufferPointer<UInt8>) {
    guard digits.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var seen = 0
    for (place, character) in digits.enumerated() {
      if place == 8 || place == 13 || place == 18 || place == 23 {
        guard character == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = UUIDValue.digit(character) else { return nil }
      if seen < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
      seen += 1
    }
    (high, low) = halves
  }

  private static func digit(_ character: UInt8) -> UInt64? {
    let decimal = character &- UInt8(ascii: "0")
    if decimal < 10 { return UInt64(decimal) }
    let letter = (character | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? UInt64(letter + 10) : nil
  }
}

extension UUIDValue: CustomStringConvertible {
  /// The lower-case text form.
  public var description: String {
    String(unsafeUninitializedCapacity: 36) { text in
      var place = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          text[place] = UInt8(ascii: "-")
          place += 1
        }
        let half = index < 16 ? high : low
        let digit = UInt8(truncatingIfNeeded: half >> UInt64((15 - index % 16) * 4)) & 15
        text[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
        place += 1
      }
      return 36
    }
  }
}

extension UUIDValue: PostgresElement, PostgresDecodable {
  public static var postgresType: PostgresType { .uuid }

  public func encode(into writer: inout ValueWriter) {
    writer.integer(high)
    writer.integer(low)
  }

  public static func decode(_ field: Field) -> UUIDValue? {
    guard field.type == OID.uuid, field.count == 16 else { return nil }
    return UUIDValue(high: field.loadInteger(at: 0), low: field.loadInteger(at: 8))
  }
}
