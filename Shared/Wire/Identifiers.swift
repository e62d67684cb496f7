/// An opaque identifier that only compares with its own kind: a `UserID` is not a `RoomID`.
public struct Identifier<Kind>: Hashable, Sendable, Codable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }
  public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
  public var description: String { text }
}

public enum UserKind {}
public enum SessionKind {}

/// An account of the directory: a UUID in lower case, the same on every surface.
public typealias UserID = Identifier<UserKind>

/// A session of an account; it is no secret, the token it was opened with is.
public typealias SessionID = Identifier<SessionKind>

public enum CalendarEventKind {}

/// An event of the calendar; opaque to everybody else.
public typealias CalendarEventID = Identifier<CalendarEventKind>

/// The lower-case form of a UUID's text (8-4-4-4-12 hex digits, any version); nil when it is none.
public func canonicalUUID(_ text: String) -> String? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(36)
  for (index, byte) in text.utf8.enumerated() {
    switch (index, byte) {
    case (8, 0x2D), (13, 0x2D), (18, 0x2D), (23, 0x2D): bytes.append(byte)
    case (8, _), (13, _), (18, _), (23, _): return nil
    case (..<36, 0x30...0x39), (..<36, 0x61...0x66): bytes.append(byte)
    case (..<36, 0x41...0x46): bytes.append(byte | 0x20)
    default: return nil
    }
  }
  return bytes.count == 36 ? String(decoding: bytes, as: UTF8.self) : nil
}
