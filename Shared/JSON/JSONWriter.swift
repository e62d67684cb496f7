/// Writes JSON text piece by piece, on one line, with the commas set by itself.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  public var raw: RawJSON { RawJSON(trusted: bytes) }

  /// The text with a newline behind it; takes the writer, so that nothing is copied.
  public consuming func line() -> [UInt8] {
    bytes.append(0x0A)
    return bytes
  }

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { bytes.append(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

  /// A member's name that needs no escape; its value must be written next.
  public mutating func name(_ name: StaticString) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
  }

  /// A member's name that may hold any character.
  public mutating func name(dynamic name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
  }

  public mutating func null() { literal("null") }
  public mutating func bool(_ flag: Bool) { literal(flag ? "true" : "false") }
  public mutating func raw(_ json: RawJSON) {
    separate()
    bytes.append(contentsOf: json.bytes)
  }

  public mutating func int(_ value: Int) {
    separate()
    digits(of: value)
  }

  /// A span in seconds, with as many digits of its fraction as it has.
  public mutating func seconds(ofMicroseconds value: Int64) {
    separate()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let (whole, part) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    digits(of: Int(whole))
    var (rest, unit) = (UInt32(part), 100_000 as UInt32)
    if rest > 0 { bytes.append(UInt8(ascii: ".")) }
    while rest > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
      (rest, unit) = (rest % unit, unit / 10)
    }
  }

  /// The shortest text that reads back to the same double; whole values below 1e21 without fraction or exponent.
  /// A value that JSON cannot hold (infinite, not a number) is written as null.
  public mutating func double(_ value: Double) {
    guard value.isFinite else { return null() }
    if value.rounded(.towardZero) == value, abs(value) < 1e21 {
      literal(String(Int128(value)))
    } else {
      literal(abs(value) < 1e-4 ? JSONWriter.withoutPadding(value.description) : value.description)
    }
  }

  /// Swift writes `1e-07` where `1e-7` is shorter.
  private static func withoutPadding(_ text: String) -> String {
    guard let mark = text.utf8.lastIndex(of: UInt8(ascii: "e")), text[mark...].hasPrefix("e-0") else { return text }
    return text[..<mark] + "e-" + text[mark...].dropFirst(3)
  }

  public mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      if JSONWriter.isPlain(utf8) {
        bytes.append(contentsOf: utf8)
      } else {
        for byte in utf8 { append(escaping: byte) }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A string that needs no escape.
  public mutating func string(plain text: [UInt8]) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: text)
    bytes.append(UInt8(ascii: "\""))
  }

  /// A word of the program's own that needs no escape.
  public mutating func word(_ text: StaticString) {
    separate()
    quote(text)
  }

  private mutating func quote(_ text: StaticString) {
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
  }

  private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    let bytes = UnsafeRawBufferPointer(utf8)
    var index = 0
    while index + 8 <= bytes.count {
      let eight = EightBytes(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      guard eight.marksOfEscapes == 0 else { return false }
      index += 8
    }
    while index < bytes.count, !needsEscape(bytes[index]) { index += 1 }
    return index == bytes.count
  }

  @inline(__always)
  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func append(escaping byte: UInt8) {
    if JSONWriter.needsEscape(byte) { escape(byte) } else { bytes.append(byte) }
  }

  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .number(let number): literal(number.literal)
    case .string(let text): string(text)
    case .array(let values):
      beginArray()
      for value in values { self.value(value) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        name(dynamic: member.name)
        self.value(member.value)
      }
      endObject()
    }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
  }

  /// A comma, unless a value or name is the first in its place: no JSON value ends in one of these three bytes.
  private mutating func separate() {
    guard let last = bytes.last else { return }
    if last != UInt8(ascii: "{"), last != UInt8(ascii: "["), last != UInt8(ascii: ":") {
      bytes.append(UInt8(ascii: ","))
    }
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func digits(of value: Int) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var (rest, left) = (value.magnitude, bytes.count)
    // From the last digit to the first, since a division by a constant is none, and then turned round.
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    var right = bytes.count - 1
    while left < right {
      bytes.swapAt(left, right)
      (left, right) = (left + 1, right - 1)
    }
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      for nibble in [byte >> 4, byte & 15] { bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
    }
  }
}
