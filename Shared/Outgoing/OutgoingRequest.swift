/// An HTTP request to somebody else's server.
public struct OutgoingRequest: Sendable {
  /// How HTTP/2 comes about.
  public enum HTTP2: Sendable {
    /// Over TLS, where the server offers it; plain `http` stays HTTP/1.1.
    case negotiate
    /// From the first byte, also without TLS: for servers known to speak it, such as a stand-in for APNs.
    case priorKnowledge
  }

  public var method: String
  /// `http` or `https`; other schemes are refused.
  public var url: String
  /// In this order. Names and values with line breaks are refused, so no value can add a header.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]
  /// The longest time from `send` to the end of the response, waiting for a connection included.
  public var deadline: Duration
  public var http2: HTTP2
  /// A larger response body is an error, and so are response headers of more than 64 KiB.
  public var maximumBytes: Int
  /// How many redirects to follow; by default a redirect is the answer.
  public var redirects: Int

  public init(
    _ method: String = "GET",
    _ url: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8] = [],
    deadline: Duration = .seconds(10),
    http2: HTTP2 = .negotiate,
    maximumBytes: Int = 1 << 20,
    redirects: Int = 0
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.deadline = deadline
    self.http2 = http2
    self.maximumBytes = maximumBytes
    self.redirects = redirects
  }

  /// What would let a caller's text reach the wire as protocol, or nil when nothing would.
  var fault: String? {
    if !method.utf8.allSatisfy(\.isTokenByte) || method.isEmpty { return "method" }
    if url.isEmpty || url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) { return "url" }
    for (name, value) in headers {
      if !name.utf8.allSatisfy(\.isTokenByte) || name.isEmpty { return "header name" }
      if value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }) { return "header \(name)" }
    }
    return nil
  }
}

extension UInt8 {
  /// Whether the byte may stand in a method or a header's name (RFC 9110 section 5.6.2).
  fileprivate var isTokenByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
  }
}
