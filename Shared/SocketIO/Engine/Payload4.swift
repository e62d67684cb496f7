/// Bodies of revision 4's polling: packets in text form with the byte 0x1e between them.
enum Payload4 {
  private static let separator: UInt8 = 0x1E

  static func encode(_ packets: [EnginePacket]) -> [UInt8] {
    var body: [UInt8] = []
    for packet in packets {
      if !body.isEmpty { body.append(separator) }
      body += packet.text(.four)
    }
    return body
  }

  /// Throws for an empty body, an unknown kind, or text that is no UTF-8.
  static func decode(_ body: [UInt8], limit: Int) throws(EngineFault) -> [EnginePacket] {
    guard isText(body) else { throw .payload }
    var packets: [EnginePacket] = []
    for piece in body.split(separator: separator, maxSplits: limit, omittingEmptySubsequences: false) {
      guard packets.count < limit else { throw .tooMany }
      packets.append(try EnginePacket(text: piece, .four))
    }
    return packets
  }
}

/// Whether the bytes are UTF-8.
func isText(_ bytes: [UInt8]) -> Bool {
  (try? UTF8Span(validating: bytes.span)) != nil
}
