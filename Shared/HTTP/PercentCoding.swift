/// Reads percent-encoding of paths, queries and form bodies (RFC 3986, and the URL standard's form parser).
public enum PercentCoding {
  /// One path segment, decoded; nil for a broken escape, for bytes that are no UTF-8, and for NUL.
  public static func decodePathSegment(_ segment: Substring) -> String? {
    guard segment.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == 0 }) else { return String(segment) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(segment.utf8.count)
    var bytes = segment.utf8.makeIterator()
    while let byte = bytes.next() {
      guard byte == UInt8(ascii: "%") else {
        decoded.append(byte)
        continue
      }
      guard let high = hexValue(bytes.next()), let low = hexValue(bytes.next()) else { return nil }
      decoded.append(high << 4 | low)
    }
    return decoded.contains(0) ? nil : String(validating: decoded, as: UTF8.self)
  }

  /// The pairs of a query; a broken escape stands for itself and bytes that are no UTF-8 become U+FFFD, as in a browser.
  public static func decodePairs(_ query: String) -> [(name: String, value: String)] {
    decodePairs(Array(query.utf8))
  }

  /// The pairs of an `application/x-www-form-urlencoded` body.
  public static func decodePairs(_ form: [UInt8]) -> [(name: String, value: String)] {
    form.split(separator: UInt8(ascii: "&")).map { pair in
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return (formText(pair), "") }
      return (formText(pair[..<equals]), formText(pair[(equals + 1)...]))
    }
  }

  private static func formText(_ bytes: ArraySlice<UInt8>) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.endIndex,
        let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func hexValue(_ byte: UInt8?) -> UInt8? {
    switch byte ?? 0 {
    case let digit where digit &- UInt8(ascii: "0") < 10: digit - UInt8(ascii: "0")
    case let digit where digit &- UInt8(ascii: "a") < 6: digit - UInt8(ascii: "a") + 10
    case let digit where digit &- UInt8(ascii: "A") < 6: digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
