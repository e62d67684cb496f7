/// Bodies of revision 3's polling, in its two forms.
enum Payload3 {
  /// A length of more digits is longer than any body.
  private static let maximumDigits = 10

  // MARK: - Text form

  /// `<length>:<packet>` for each packet, the length in UTF-16 code units, since that is how browsers count.
  static func encodeText(_ packets: [EnginePacket]) -> [UInt8] {
    var body: [UInt8] = []
    for packet in packets {
      let text = packet.text(.three)
      body += String(text.reduce(0) { $0 + units($1) }).utf8
      body.append(UInt8(ascii: ":"))
      body += text
    }
    return body
  }

  /// Throws for an empty body, a length that is no number or does not fit, an unknown kind, and bytes that are no UTF-8. An
  /// entry of length zero is skipped.
  static func decodeText(_ body: [UInt8], limit: Int) throws(EngineFault) -> [EnginePacket] {
    guard !body.isEmpty, isText(body) else { throw .payload }
    var packets: [EnginePacket] = []
    var rest = body[...]
    while !rest.isEmpty {
      let length = try takeLength(&rest)
      guard length > 0 else { continue }
      guard packets.count < limit else { throw .tooMany }
      packets.append(try EnginePacket(text: try takeUnits(length, &rest), .three))
    }
    return packets
  }

  private static func takeLength(_ rest: inout ArraySlice<UInt8>) throws(EngineFault) -> Int {
    guard let colon = rest.prefix(maximumDigits + 1).firstIndex(of: UInt8(ascii: ":")), colon > rest.startIndex
    else { throw .payload }
    var length = 0
    for byte in rest[..<colon] {
      let digit = Int(byte) - 0x30
      guard (0...9).contains(digit) else { throw .payload }
      length = length * 10 + digit
    }
    rest = rest[(colon + 1)...]
    return length
  }

  private static func takeUnits(_ length: Int, _ rest: inout ArraySlice<UInt8>) throws(EngineFault) -> ArraySlice<UInt8>
  {
    var counted = 0
    var index = rest.startIndex
    while counted < length, index < rest.endIndex {
      counted += units(rest[index])
      index += 1
    }
    // The bytes behind the first one of the last character count nothing.
    while index < rest.endIndex, units(rest[index]) == 0 { index += 1 }
    guard counted == length else { throw .payload }
    defer { rest = rest[index...] }
    return rest[..<index]
  }

  /// UTF-16 code units of the character that begins with this byte of valid UTF-8; 0 for a byte within one.
  private static func units(_ byte: UInt8) -> Int {
    byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1
  }

  // MARK: - Binary form

  /// For each packet: 0 for text or 1 for binary, the length in bytes as one byte per decimal digit, 255, the packet.
  static func encodeBinary(_ packets: [EnginePacket]) -> [UInt8] {
    var body: [UInt8] = []
    for packet in packets {
      let (mark, content) = binaryEntry(packet)
      body.append(mark)
      body += String(content.count).utf8.map { $0 - 0x30 }
      body.append(0xFF)
      body += content
    }
    return body
  }

  private static func binaryEntry(_ packet: EnginePacket) -> (UInt8, [UInt8]) {
    switch packet.data {
    case .text: (0, packet.text(.three))
    case .binary(let bytes): (1, [packet.kind.rawValue] + bytes)
    }
  }

  static func decodeBinary(_ body: [UInt8], limit: Int) throws(EngineFault) -> [EnginePacket] {
    guard !body.isEmpty else { throw .payload }
    var packets: [EnginePacket] = []
    var rest = body[...]
    while let mark = rest.popFirst() {
      guard mark <= 1, packets.count < limit else { throw mark <= 1 ? .tooMany : .payload }
      let length = try takeBinaryLength(&rest)
      guard length <= rest.count else { throw .payload }
      let content = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
      if mark == 0, !isText(content) { throw .payload }
      packets.append(
        mark == 0 ? try EnginePacket(text: content[...], .three) : try EnginePacket(binary: content, .three)
      )
    }
    return packets
  }

  private static func takeBinaryLength(_ rest: inout ArraySlice<UInt8>) throws(EngineFault) -> Int {
    var length = 0
    var digits = 0
    while let byte = rest.popFirst() {
      if byte == 0xFF, digits > 0 { return length }
      digits += 1
      guard byte <= 9, digits <= maximumDigits else { throw .payload }
      length = length * 10 + Int(byte)
    }
    throw .payload
  }
}
