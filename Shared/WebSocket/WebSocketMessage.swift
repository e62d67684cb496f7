/// A whole message of either kind, its fragments put together; text is valid UTF-8.
public enum WebSocketMessage: Sendable, Equatable {
  case text([UInt8])
  case binary([UInt8])
}

/// What RFC 6455 calls a status code: why a side closes.
public struct CloseCode: Sendable, Equatable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let normal = CloseCode(rawValue: 1000)
  /// The server shuts down, or the page is left; clients come back.
  public static let goingAway = CloseCode(rawValue: 1001)
  public static let protocolError = CloseCode(rawValue: 1002)
  /// The close frame had no code.
  public static let none = CloseCode(rawValue: 1005)
  /// There was no close frame: the connection broke.
  public static let abnormal = CloseCode(rawValue: 1006)
  public static let policyViolation = CloseCode(rawValue: 1008)
  public static let tooBig = CloseCode(rawValue: 1009)
}

/// Bounds of one connection, in both directions.
public struct WebSocketLimits: Sendable, Equatable {
  /// The longest message taken; a longer one closes with 1009.
  public var messageBytes = 1_000_000
  /// Frames that one message may come in; more close with 1009, since each costs memory of its own.
  public var fragments = 128
  /// What may wait for a peer that reads slowly; more ends the connection at once.
  public var queuedFrames = 1000
  public var queuedBytes = 1 << 20

  public init() {}
}
