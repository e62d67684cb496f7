import HTTP

/// Why a request is refused, in the numbers and words of the protocol.
struct EngineRefusal: Equatable, Error {
  let code: Int
  let message: String
  var status = 400

  static let unknownTransport = EngineRefusal(code: 0, message: "Transport unknown")
  static let unknownSession = EngineRefusal(code: 1, message: "Session ID unknown")
  static let badMethod = EngineRefusal(code: 2, message: "Bad handshake method")
  static let badRequest = EngineRefusal(code: 3, message: "Bad request")
  static let forbidden = EngineRefusal(code: 4, message: "Forbidden", status: 403)
  static let unsupportedRevision = EngineRefusal(code: 5, message: "Unsupported protocol version")
  /// More handshakes from one address than allowed.
  static let tooMany = EngineRefusal(code: 4, message: "Too many handshakes", status: 429)
  static let stopping = EngineRefusal(code: 4, message: "Shutting down", status: 503)

  var response: HTTPResponse {
    let body = Array("{\"code\":\(code),\"message\":\"\(message)\"}".utf8)
    return HTTPResponse(
      status: status,
      headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
      body: body
    )
  }

  /// A WebSocket client is told in plain text.
  var plainResponse: HTTPResponse {
    HTTPResponse(
      status: status,
      headers: [("Content-Type", "text/plain; charset=UTF-8"), ("Cache-Control", "no-store")],
      body: Array(message.utf8)
    )
  }
}
