import Loop

/// An answer. `Date`, `Content-Length` and the connection's fate are the server's business and are added by it.
///
/// A header whose name or value is empty or holds a line break is left out, so no value can forge a header.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: [(String, String)]
  public var body: HTTPBody

  public init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = .bytes(body)
  }

  /// A body that grows while it is sent: chunked, or ended by the close for HTTP/1.0.
  public init(status: Int, headers: [(String, String)] = [], stream: BodyStream) {
    self.status = status
    self.headers = headers
    body = .stream(stream)
  }

  /// Answers 101 and gives the socket away.
  ///
  /// `headers` must have `Upgrade`; `Connection` is added. `takeover` is called once, from inside the server: with the
  /// socket when the 101 has left, or with nil when the client went before that.
  public static func upgrade(
    headers: [(String, String)],
    takeover: @escaping @Sendable @LoopActor (UpgradedSocket?) -> Void
  ) -> HTTPResponse {
    var response = HTTPResponse(status: 101, headers: headers)
    response.body = .upgrade(takeover)
    return response
  }
}

/// What follows the headers of a response.
public enum HTTPBody: Sendable {
  case bytes([UInt8])
  case stream(BodyStream)
  case upgrade(@Sendable @LoopActor (UpgradedSocket?) -> Void)
}

/// A connection that left HTTP. It no longer counts against the server's limits, and `drain` does not wait for it.
public struct UpgradedSocket: Sendable {
  /// Connected, non-blocking, and the taker's to close.
  public let descriptor: Int32
  /// Bytes the client sent right behind its request; they come before what the descriptor gives.
  public let early: [UInt8]
}
