import JSON

/// `application/x-www-form-urlencoded` bodies as two generations of apps write them (pictever.md 2.1).
///
/// One app does not percent-encode: its `&`, `%`, `+` and blanks stand raw in the values. So a byte that is no valid
/// escape is taken as it is, and a segment whose name is not one of the route's fields belongs to the value before it. A
/// `+` is one where the body shows that its writer does not encode, else a blank.
struct Form {
  let fields: Set<String>

  /// The fields of a body, the last of a name winning; bytes that are no UTF-8 are replaced.
  func parse(_ body: [UInt8]) -> [(name: String, value: String)] {
    let isRaw = body.contains(where: Form.isNeverLeft)
    var pairs: [(name: String, value: [UInt8])] = []
    for segment in body.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
      let equals = segment.firstIndex(of: UInt8(ascii: "="))
      let name = equals.map { Form.text(segment[..<$0], isRaw: isRaw) }
      if let equals, let name, fields.contains(name) {
        pairs.append((name, Array(segment[(equals + 1)...])))
      } else if !pairs.isEmpty {
        pairs[pairs.count - 1].value += [UInt8(ascii: "&")] + segment
      }
    }
    return pairs.map { ($0.name, Form.text($0.value[...], isRaw: isRaw)) }
  }

  /// The fields as an object of strings, as services take them.
  func object(_ body: [UInt8]) -> RawJSON {
    .object { writer in
      for (name, value) in parse(body) {
        writer.name(dynamic: name)
        writer.string(value)
      }
    }
  }

  /// Undoes the encoding, leaving what is not encoded as it stands.
  private static func text(_ raw: ArraySlice<UInt8>, isRaw: Bool) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(raw.count)
    var index = raw.startIndex
    while index < raw.endIndex {
      let byte = raw[index]
      if byte == UInt8(ascii: "%"), let value = hexPair(raw, after: index) {
        bytes.append(value)
        index += 3
      } else {
        bytes.append(byte == UInt8(ascii: "+") && !isRaw ? UInt8(ascii: " ") : byte)
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether no encoder leaves the byte as it is: blanks, line ends, quotes, brackets, braces, and all beyond ASCII.
  private static func isNeverLeft(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x22, 0x3C, 0x3E, 0x5B...0x5E, 0x60, 0x7B...0x7D, 0x7F...: true
    default: false
    }
  }

  private static func hexPair(_ raw: ArraySlice<UInt8>, after index: Int) -> UInt8? {
    guard index + 2 < raw.endIndex else { return nil }
    let digits = String(decoding: raw[(index + 1)...(index + 2)], as: UTF8.self)
    guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
    return UInt8(digits, radix: 16)
  }
}
