public import HTTP
import Loop
import Security

/// A request that asks to leave HTTP for WebSocket, version 13, and does so properly.
public struct WebSocketUpgrade: Sendable {
  private let accept: String

  /// Whether the request means WebSocket at all, properly or not.
  public static func isWanted(by head: HTTPRequestHead) -> Bool {
    head.headers.all("upgrade").contains { hasToken("websocket", in: $0) }
  }

  /// Nil for a request that RFC 6455 4.2.1 does not let through.
  public init?(_ head: HTTPRequestHead) {
    let headers = head.headers
    guard head.method == .get, WebSocketUpgrade.isWanted(by: head),
      headers.all("connection").contains(where: { WebSocketUpgrade.hasToken("upgrade", in: $0) }),
      headers.first("sec-websocket-version") == "13",
      let key = headers.first("sec-websocket-key"), Base64.decode(key.utf8)?.count == 16
    else { return nil }
    let digest = SHA1.digest(Array(key.utf8) + Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
    accept = String(decoding: Base64.encode(digest), as: UTF8.self)
  }

  /// The 101. `opened` gets the connection, not started yet, when it has left; nil when there is none: the client went, or
  /// the system had no descriptor.
  public func response(
    limits: WebSocketLimits = WebSocketLimits(),
    opened: @escaping @Sendable @LoopActor (WebSocketConnection?) -> Void
  ) -> HTTPResponse {
    .upgrade(headers: [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)]) { socket in
      opened(socket.flatMap { WebSocketConnection($0, limits: limits) })
    }
  }

  private static func hasToken(_ token: String, in value: String) -> Bool {
    value.split(separator: ",").contains { piece in
      let word = piece.utf8.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
      return String(word)?.lowercased() == token
    }
  }
}
