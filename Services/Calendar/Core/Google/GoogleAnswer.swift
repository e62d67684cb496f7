import JSON

/// What came back from Google's calendar API, or from whatever stands in its place.
struct GoogleAnswer: Sendable {
  let status: Int
  var body: [UInt8] = []
  /// How long it asks to be left alone, at most an hour.
  var rest: Duration?

  init(status: Int, body: [UInt8] = [], retryAfter: String? = nil) {
    self.status = status
    self.body = body
    rest = retryAfter.flatMap { Int($0) }.map { .seconds(min(max($0, 0), 3600)) }
  }

  /// The status as far as it can be believed: trouble of the provider's own reads as 503, what Google would not say as 502.
  ///
  /// A proxy's page with a 200 on it must not count as an event that was taken, nor one with a 404 as an event that its owner
  /// has removed.
  var credible: Int {
    guard let document = (try? JSONValue(parsing: body))?.object else { return 502 }
    return status == 403 && document.saysLimit ? 503 : status
  }

  /// The same for a change of one event, which is answered with that event, or with nothing once it is gone.
  func credible(of step: ExportStep, _ id: String) -> Int {
    switch (step, status) {
    case (.delete, 200...299): return body.isEmpty ? status : 502
    case (_, 200...299):
      let document = (try? JSONValue(parsing: body))?.object
      return document?["id"]?.string == id ? status : 502
    default: return credible
    }
  }
}

extension JSONObject {
  /// Google says 403 also to who asks too often.
  fileprivate var saysLimit: Bool {
    let reasons = self["error"]?.object?["errors"]?.array ?? []
    return reasons.contains { $0.object?["domain"]?.string == "usageLimits" }
  }
}
