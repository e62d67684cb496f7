import HTTP
import JSON
import Wire

/// How one surface tells its clients that something went wrong: the status and text of each failure, and the body's form.
///
/// This is the one place where a failure of the bus becomes what a user sees.
struct Dialect: Sendable {
  struct Refusal: Sendable {
    let status: Int
    let text: String
  }

  /// The refusal of a failure; nil falls back to `common`.
  let refusal: @Sendable (Failure) -> Refusal?
  let body: @Sendable (Refusal, Failure?) -> RawJSON

  func response(_ failure: Failure) -> HTTPResponse {
    let refusal = refusal(failure) ?? Dialect.common(failure)
    return response(refusal, failure)
  }

  func response(_ status: Int, _ text: String) -> HTTPResponse {
    response(Refusal(status: status, text: text), nil)
  }

  private func response(_ refusal: Refusal, _ failure: Failure?) -> HTTPResponse {
    var response = HTTPResponse.json(refusal.status, body(refusal, failure))
    if let wait = failure?.retryAfter, [429, 503].contains(refusal.status) {
      response.headers.append(("Retry-After", String(wait)))
    } else if refusal.status == 503 {
      response.headers.append(("Retry-After", "1"))
    }
    return response
  }

  /// What every surface says where its contract has no words of its own.
  static func common(_ failure: Failure) -> Refusal {
    switch failure.word {
    case .missing: Refusal(status: 400, text: "\(failure.field ?? "field") required")
    case .invalid: Refusal(status: 400, text: "invalid \(failure.field ?? "request")")
    case .unauthenticated: Refusal(status: 401, text: "unauthorized")
    case .forbidden: Refusal(status: 403, text: "forbidden")
    case .notFound: Refusal(status: 404, text: "not found")
    case .conflict: Refusal(status: 409, text: "conflict")
    case .rateLimited: Refusal(status: 429, text: "too many requests")
    case .unavailable: Refusal(status: 503, text: "service unavailable")
    case .unknownCall, .internal: Refusal(status: 500, text: "internal server error")
    }
  }
}

extension HTTPResponse {
  /// As most contracts name it; `Surface.jsonType` says where it is another.
  static let jsonType = "application/json"

  static func json(_ status: Int, _ json: RawJSON) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: [("Content-Type", jsonType), ("X-Content-Type-Options", "nosniff")],
      body: json.bytes
    )
  }

  /// Names a JSON body's type as a surface does.
  mutating func nameJSON(as type: String) {
    guard type != HTTPResponse.jsonType else { return }
    for index in headers.indices where headers[index].1 == HTTPResponse.jsonType { headers[index].1 = type }
  }

  static func text(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array(text.utf8))
  }
}
