/// A request's headers in the order they came, duplicates kept.
///
/// They stay in the bytes they arrived in; a lookup makes a `String` only of what it found, with bytes that are no UTF-8
/// replaced by U+FFFD.
public struct HTTPHeaders: Sendable {
  struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  private var bytes: [UInt8]
  private var fields: [Field]

  init(bytes: [UInt8], fields: [Field]) {
    self.bytes = bytes
    self.fields = fields
  }

  /// For tests and for requests that other code makes up.
  public init(_ pairs: [(String, String)] = []) {
    bytes = []
    fields = []
    for (name, value) in pairs { append(name, value) }
  }

  private mutating func append(_ name: String, _ value: String) {
    let start = bytes.count
    bytes.append(contentsOf: name.utf8)
    let middle = bytes.count
    bytes.append(contentsOf: value.utf8)
    fields.append(Field(name: start..<middle, value: middle..<bytes.count))
  }

  public var count: Int { fields.count }

  /// The first value under that name, compared without regard to ASCII case.
  public func first(_ name: StaticString) -> String? {
    for field in fields where isName(name, field.name) { return value(field) }
    return nil
  }

  /// Every value under that name, in order.
  public func all(_ name: StaticString) -> [String] {
    fields.compactMap { isName(name, $0.name) ? value($0) : nil }
  }

  public func contains(_ name: StaticString) -> Bool {
    fields.contains { isName(name, $0.name) }
  }

  /// All of them as text, in order.
  public var pairs: [(name: String, value: String)] {
    fields.map { (text($0.name), value($0)) }
  }

  /// Whether every name is an RFC 9110 token; one that is not is how requests are smuggled past a proxy.
  var hasProperNames: Bool {
    fields.allSatisfy { field in
      !field.name.isEmpty && field.name.allSatisfy { HTTPHeaders.isTokenByte(bytes[$0]) }
    }
  }

  /// Blanks at its end are none of a value (RFC 9110 5.5).
  private func value(_ field: Field) -> String {
    var range = field.value
    while let last = range.last, bytes[last] == 0x20 || bytes[last] == 0x09 { range = range.lowerBound..<last }
    return text(range)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  private func isName(_ name: StaticString, _ range: Range<Int>) -> Bool {
    guard name.utf8CodeUnitCount == range.count else { return false }
    let letters = name.utf8Start
    for offset in 0..<range.count {
      let (wanted, given) = (letters[offset], bytes[range.lowerBound + offset])
      guard HTTPHeaders.lowercased(wanted) == HTTPHeaders.lowercased(given) else { return false }
    }
    return true
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x5E, 0x60, 0x7C, 0x7E: true
    default: false
    }
  }
}
