/// What is known of a request before its body: the request line, the headers and who sent it.
public struct HTTPRequestHead: Sendable {
  public var method: HTTPMethod
  /// The request target as it was sent.
  public var target: String
  /// The target's path, still percent-encoded, without the query; of `http://host/path` only `/path`.
  public var path: String
  /// What follows the first `?`, raw; nil when there is none.
  public var query: String?
  public var headers: HTTPHeaders
  /// The numeric address of the connection's other end; a proxy's, where one stands in front.
  public var peer: String

  public init(method: HTTPMethod, target: String, headers: HTTPHeaders = HTTPHeaders(), peer: String = "127.0.0.1") {
    self.method = method
    self.target = target
    (path, query) = HTTPRequestHead.split(target)
    self.headers = headers
    self.peer = peer
  }

  private static func split(_ target: String) -> (path: String, query: String?) {
    let resource = target.utf8.first == UInt8(ascii: "/") ? target[...] : withoutAuthority(target)
    guard let mark = resource.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (String(resource), nil) }
    return (String(resource[..<mark]), String(resource[resource.utf8.index(after: mark)...]))
  }

  /// The absolute form names a host first; proxies send it.
  private static func withoutAuthority(_ target: String) -> Substring {
    guard target.hasPrefix("http://") || target.hasPrefix("https://") else { return target[...] }
    let bytes = target.utf8
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return target[...] }
    let authority = target[bytes.index(colon, offsetBy: 3)...]
    return authority.utf8.firstIndex(of: UInt8(ascii: "/")).map { authority[$0...] } ?? "/"
  }
}

/// A whole request, its body in memory and no longer than what admission allowed.
public struct HTTPRequest: Sendable {
  public var head: HTTPRequestHead
  public var body: [UInt8]
  /// What admission found out, so that the handler need not look again; see `HTTPAdmission`.
  public var finding: (any AnyObject & Sendable)?

  public init(head: HTTPRequestHead, body: [UInt8] = [], finding: (any AnyObject & Sendable)? = nil) {
    self.head = head
    self.body = body
    self.finding = finding
  }

  public var method: HTTPMethod { head.method }
  public var target: String { head.target }
  public var path: String { head.path }
  public var query: String? { head.query }
  public var headers: HTTPHeaders { head.headers }
  public var peer: String { head.peer }
}
