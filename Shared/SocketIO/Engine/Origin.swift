import HTTP

/// The check of `Origin` and the CORS headers that let an allowed page read the answers.
enum Origin {
  /// Whether the header, if there is one, has only characters that a header may have.
  static func isProper(_ head: HTTPRequestHead) -> Bool {
    guard let origin = head.headers.first("origin") else { return true }
    return origin.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }
  }

  /// Programs that are no browsers name no origin, and may.
  static func mayUse(_ head: HTTPRequestHead, _ rule: OriginRule) -> Bool {
    guard let origin = head.headers.first("origin") else { return true }
    return isListed(origin, rule) || isOwn(origin, head)
  }

  static func isListed(_ origin: String, _ rule: OriginRule) -> Bool {
    switch rule {
    case .same: false
    case .allow(let origins): origins.contains(origin)
    case .any: true
    }
  }

  /// Whether it is a page of the host that was asked. The scheme may differ: TLS ends in front of us.
  private static func isOwn(_ origin: String, _ head: HTTPRequestHead) -> Bool {
    guard let host = head.headers.first("host"), let slashes = origin.firstRange(of: "://") else { return false }
    return origin[slashes.upperBound...].lowercased() == host.lowercased()
  }

  /// The headers for an answer to that page, refusals too; none for pages of the own host, which need none.
  static func headers(_ head: HTTPRequestHead, _ rule: OriginRule) -> [(String, String)] {
    guard rule != .same else { return [] }
    guard let origin = head.headers.first("origin"), isProper(head), isListed(origin, rule) else {
      return [("Vary", "Origin")]
    }
    return [
      ("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin"),
    ]
  }

  static func preflight(_ head: HTTPRequestHead) -> HTTPResponse {
    let asked = head.headers.first("access-control-request-headers") ?? "Content-Type"
    return HTTPResponse(
      status: 204,
      headers: [
        ("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", asked),
        ("Access-Control-Max-Age", "600"),
      ]
    )
  }
}
