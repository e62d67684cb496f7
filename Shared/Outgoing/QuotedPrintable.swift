/// The encoding of a mail's text (RFC 2045 section 6.7): ASCII stays readable, lines stay short, every byte comes back.
enum QuotedPrintable {
  private static let lineLength = 76
  private static let digits = Array("0123456789ABCDEF".utf8)

  static func escape(_ byte: UInt8) -> [UInt8] {
    [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  /// Line ends of all three kinds become CR LF, and the last line gets one.
  static func encode(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 8)
    for line in lines(of: text) {
      encode(line: line, into: &result)
      result += [0x0d, 0x0a]
    }
    return result
  }

  private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index < text.count {
      defer { index += 1 }
      guard text[index] == 0x0a || text[index] == 0x0d else { continue }
      lines.append(text[start..<index])
      if text[index] == 0x0d, index + 1 < text.count, text[index + 1] == 0x0a { index += 1 }
      start = index + 1
    }
    if start < text.count { lines.append(text[start...]) }
    return lines
  }

  private static func encode(line: ArraySlice<UInt8>, into result: inout [UInt8]) {
    var length = 0
    for (index, byte) in zip(line.indices, line) {
      let piece = isPlain(byte, last: index == line.endIndex - 1) ? [byte] : escape(byte)
      // One place stays free for the "=" that joins the next line to this one.
      if length + piece.count >= lineLength {
        result += [UInt8(ascii: "="), 0x0d, 0x0a]
        length = 0
      }
      result += piece
      length += piece.count
    }
  }

  /// A blank at the end of a line would be lost on the way.
  private static func isPlain(_ byte: UInt8, last: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "="): false
    case 0x21...0x7e: true
    case 0x20, 0x09: !last
    default: false
    }
  }
}
