import HTTP

/// Cross-origin answers for browsers: off unless origins are configured, and then for exactly these.
///
/// No credentials are allowed: a page of another origin carries its token in a header, never by cookie.
struct CrossOrigin: Sendable {
  private let allowed: Set<String>

  init(allowed: [String]) { self.allowed = Set(allowed) }

  /// Answers a browser's preflight; nil when the request is none, or no origin is configured.
  func preflight(_ head: HTTPRequestHead) -> HTTPResponse? {
    guard !allowed.isEmpty, head.method == .options, head.headers.first("access-control-request-method") != nil,
      let origin = head.headers.first("origin"), allowed.contains(origin)
    else { return nil }
    return HTTPResponse(
      status: 204,
      headers: [
        ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, user, traceparent"),
        ("Access-Control-Max-Age", "600"),
      ]
    )
  }

  func apply(to response: HTTPResponse, origin: String?) -> HTTPResponse {
    guard !allowed.isEmpty else { return response }
    var response = response
    response.headers.append(("Vary", "Origin"))
    if let origin, allowed.contains(origin) {
      response.headers.append(("Access-Control-Allow-Origin", origin))
      response.headers.append(("Access-Control-Expose-Headers", "X-Request-Id, Retry-After"))
    }
    return response
  }
}
