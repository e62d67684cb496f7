import Security

/// The two generations of Engine.IO, as clients name them in `EIO`.
public enum EngineRevision: Int, Sendable {
  case three = 3
  case four = 4
}

/// The content of a packet; text is valid UTF-8.
public enum EngineData: Sendable, Equatable {
  case text([UInt8])
  case binary([UInt8])

  static let empty = EngineData.text([])

  var bytes: [UInt8] {
    switch self {
    case .text(let bytes), .binary(let bytes): bytes
    }
  }
}

/// One Engine.IO packet.
struct EnginePacket: Sendable, Equatable {
  enum Kind: UInt8, Sendable { case open, close, ping, pong, message, upgrade, noop }

  var kind: Kind
  var data = EngineData.empty

  static let close = EnginePacket(kind: .close)
  static let noop = EnginePacket(kind: .noop)
  static let ping = EnginePacket(kind: .ping)
  static let probe = EngineData.text(Array("probe".utf8))
}

/// A client sent what is no packet, or no payload. Its session ends.
enum EngineFault: Error, Equatable {
  case packet
  case payload
  /// More packets in one body than allowed.
  case tooMany
}

extension EnginePacket.Kind {
  init?(digit: UInt8) { self.init(rawValue: digit &- UInt8(ascii: "0")) }
  var digit: UInt8 { rawValue + UInt8(ascii: "0") }
}

// MARK: - Text channel

extension EnginePacket {
  /// Reads the text form; `text` must be valid UTF-8. Binary data comes as `b`, the kind in revision 3, and base64.
  init(text: ArraySlice<UInt8>, _ revision: EngineRevision) throws(EngineFault) {
    guard let first = text.first else { throw .packet }
    if first == UInt8(ascii: "b") {
      self = try EnginePacket.base64(text.dropFirst(), revision)
    } else if let kind = Kind(digit: first) {
      self.init(kind: kind, data: .text(Array(text.dropFirst())))
    } else {
      throw .packet
    }
  }

  private static func base64(_ text: ArraySlice<UInt8>, _ revision: EngineRevision) throws(EngineFault) -> EnginePacket
  {
    var kind = Kind.message
    var symbols = text
    if revision == .three {
      guard let named = symbols.popFirst().flatMap(Kind.init(digit:)) else { throw .packet }
      kind = named
    }
    guard let bytes = Base64.decode(symbols) else { throw .packet }
    return EnginePacket(kind: kind, data: .binary(bytes))
  }

  /// The text form, with binary data as base64.
  func text(_ revision: EngineRevision) -> [UInt8] {
    switch data {
    case .text(let bytes): [kind.digit] + bytes
    case .binary(let bytes):
      [UInt8(ascii: "b")] + (revision == .three ? [kind.digit] : []) + Base64.encode(bytes)
    }
  }
}

// MARK: - Binary channel

extension EnginePacket {
  /// Reads a binary frame: all of it is a message in revision 4; in revision 3 the kind stands first, as a number.
  init(binary: [UInt8], _ revision: EngineRevision) throws(EngineFault) {
    guard revision == .three else {
      self.init(kind: .message, data: .binary(binary))
      return
    }
    guard let kind = binary.first.flatMap(Kind.init(rawValue:)) else { throw .packet }
    self.init(kind: kind, data: .binary(Array(binary.dropFirst())))
  }

  /// The content of a binary frame.
  static func binaryMessage(_ bytes: [UInt8], _ revision: EngineRevision) -> [UInt8] {
    revision == .three ? [Kind.message.rawValue] + bytes : bytes
  }
}

extension EnginePacket {
  var isBinary: Bool {
    if case .binary = data { true } else { false }
  }

  /// Whether it has a character of two UTF-16 units: in valid UTF-8, those whose first byte is that high.
  var isCountedVariously: Bool { data.bytes.contains { $0 >= 0xF0 } }
}
