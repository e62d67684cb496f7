import JSON

/// What the admin port answers; whoever serves it brings the state of the moment.
struct AdminAnswer: Equatable {
  var status: Int
  var type = "application/json"
  var body: String
  var allow: String?
}

enum AdminRoutes {
  /// `reasons` are why the daemon is not ready, `metrics` is asked only by the route that shows them.
  static func answer(
    method: String,
    path: String,
    service: String,
    reasons: () -> [String],
    metrics: () -> (type: String, text: String)
  ) -> AdminAnswer {
    let known = ["/livez", "/readyz", "/metrics", "/version"]
    guard known.contains(path) else { return AdminAnswer(status: 404, body: #"{"error":"not_found"}"#) }
    guard method == "GET" || method == "HEAD" else {
      return AdminAnswer(status: 405, body: #"{"error":"method_not_allowed"}"#, allow: "GET, HEAD")
    }
    switch path {
    case "/livez": return AdminAnswer(status: 200, body: #"{"live":true}"#)
    case "/readyz": return readiness(reasons())
    case "/version": return AdminAnswer(status: 200, body: #"{"service":"\#(service)","version":"\#(suiteVersion)"}"#)
    default:
      let shown = metrics()
      return AdminAnswer(status: 200, type: shown.type, body: shown.text)
    }
  }

  private static func readiness(_ reasons: [String]) -> AdminAnswer {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("ready")
    writer.bool(reasons.isEmpty)
    writer.name("reasons")
    writer.beginArray()
    for reason in reasons { writer.string(reason) }
    writer.endArray()
    writer.endObject()
    return AdminAnswer(status: reasons.isEmpty ? 200 : 503, body: String(decoding: writer.bytes, as: UTF8.self))
  }
}
