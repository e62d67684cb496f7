import Kit
import Loop

/// What a server can do wrong with a request.
enum ProviderFault: CustomStringConvertible {
  case hangs
  /// Closes the connection without a word.
  case hangsUp
  case status(Int, headers: String = "", body: String = "{}")
  /// A page with a 200.
  case says(String, kind: String = "application/json")
  /// Half of what it promises.
  case cut
  /// 50 MB, announced or not.
  case floods(announced: Bool)
  /// Another page after each page: always the same one, or always a new one.
  case pages(fresh: Bool)
  case noHTTP

  var description: String {
    switch self {
    case .status(let status, let headers, let body): "\(status) \(headers) \(body.prefix(40))"
    case .says(let text, _): "200 \(text.prefix(60))"
    case .hangs: "hangs"
    case .hangsUp: "hangs up"
    case .cut: "cut"
    case .floods(let announced): "floods, announced: \(announced)"
    case .pages(let fresh): "pages without end, fresh: \(fresh)"
    case .noHTTP: "no HTTP"
    }
  }

  static let page = "<!doctype html><title>Sign in to the network</title>"

  /// All but those that need a hand: `hangs`, and a port where nobody listens.
  static func nonsense(elsewhere: String) -> [ProviderFault] {
    [
      .hangsUp, .noHTTP, .cut, .floods(announced: true), .floods(announced: false), .pages(fresh: false),
      .pages(fresh: true), .status(500, body: "oops"), .status(503), .status(404, body: page), .status(403, body: page),
      .status(403, body: #"{"error":{"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}]}}"#),
      .status(429, headers: "Retry-After: 1200\r\n"), .status(302, headers: "Location: \(elsewhere)\r\n"),
      .status(307, headers: "Location: \(elsewhere)\r\n"), .status(204, body: ""), .says(page, kind: "text/html"),
      .says("\u{1}PNG", kind: "image/png"), .says(""), .says("[]"), .says("null"), .says(#"{"items":7}"#),
      .says(#"{"items":[]}"#), .says(#"{"items":[7,"x",{}],"nextSyncToken":"s1"}"#),
      .says(#"{"items":[],"nextSyncToken":7}"#), .says(#"{"items":[],"nextSyncToken":"a\u0000b"}"#),
      .says(#"{"items":[],"nextPageToken":{}}"#), .says(String(repeating: "[", count: 100_000)),
    ]
  }

  @LoopActor
  func play(on stream: TCPStream, number: Int) {
    switch self {
    case .hangs: break
    case .hangsUp: stream.close()
    case .status(let status, let headers, let body):
      // 204 has no body by definition, whatever is said of its length.
      let length = status == 204 ? "" : "Content-Length: \(body.utf8.count)\r\n"
      stream.write(Array("HTTP/1.1 \(status) X\r\n\(headers)\(length)\r\n\(body)".utf8))
    case .says(let text, let kind):
      stream.write(
        Array("HTTP/1.1 200 OK\r\nContent-Type: \(kind)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)".utf8)
      )
    case .cut:
      stream.write(Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"items\":[{\"id\":\"al".utf8))
      stream.closeAfterWrites()
    case .floods(let announced): flood(stream, announced: announced)
    case .pages(let fresh):
      let text = #"{"items":[],"nextPageToken":"p\#(fresh ? number : 0)"}"#
      stream.write(Array("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)".utf8))
    case .noHTTP:
      stream.write(Array("220 mail.example ESMTP\r\n".utf8))
      stream.closeAfterWrites()
    }
  }

  @LoopActor
  private func flood(_ stream: TCPStream, announced: Bool) {
    let size = 50 << 20
    let head = announced ? "Content-Length: \(size)\r\n" : "Connection: close\r\n"
    stream.write(Array("HTTP/1.1 200 OK\r\n\(head)\r\n{\"items\":[".utf8))
    stream.write([UInt8](repeating: 0x20, count: size))
    stream.closeAfterWrites()
  }
}
