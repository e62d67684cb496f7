import JSON
import Wire

/// The members of a request that mean something here, before anything is known about them. Other members are ignored.
struct SessionForm {
  private var sessionId: JSONValue?
  private var courseId: JSONValue?
  private var modules: JSONValue?
  private var score: JSONValue?
  private var time: JSONValue?
  private var observedAt: JSONValue?

  init(_ object: JSONObject) {
    sessionId = object["sessionId"]
    courseId = object["courseId"]
    modules = object["totalModulesStudied"]
    score = object["averageScore"]
    time = object["timeStudied"]
    observedAt = object["observedAt"]
  }

  /// Takes only what it needs out of the bytes; a body that is no JSON object is `invalid` by the name `body`.
  init(_ body: RawJSON) throws(Failure) {
    do {
      guard try !scan(body) else { return }
      // A name is written with escapes, which only a whole reading can compare.
      guard let object = try body.value().object else { throw Failure.invalid("body") }
      self = SessionForm(object)
    } catch {
      throw .invalid("body")
    }
  }

  /// False when a name could not be compared byte by byte.
  private mutating func scan(_ body: RawJSON) throws -> Bool {
    var scanner = JSONScanner(body.bytes)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "sessionId") {
        sessionId = try scanner.value()
      } else if scanner.matches(name, "totalModulesStudied") {
        modules = try scanner.value()
      } else if scanner.matches(name, "averageScore") {
        score = try scanner.value()
      } else if scanner.matches(name, "timeStudied") {
        time = try scanner.value()
      } else if scanner.matches(name, "observedAt") {
        observedAt = try scanner.value()
      } else if scanner.matches(name, "courseId") {
        courseId = try scanner.value()
      } else if body.bytes[name].contains(UInt8(ascii: "\\")) {
        return false
      } else {
        try scanner.skipValue()
      }
    }
    try scanner.finish()
    return true
  }
}

// MARK: - Rules, in the order in which a caller is told

extension SessionForm {
  func course(_ mode: IdentifierMode) throws(Failure) -> StatsIdentifier {
    try identifier(courseId, "courseId", mode)
  }

  func session(_ mode: IdentifierMode) throws(Failure) -> StatsIdentifier {
    try identifier(sessionId, "sessionId", mode)
  }

  func numbers() throws(Failure) -> Stats.Numbers {
    let modules = try number(modules, "totalModulesStudied").int
    guard let modules, (0...1_000_000_000).contains(modules) else { throw .invalid("totalModulesStudied") }
    return Stats.Numbers(
      modules: modules,
      score: try double(score, "averageScore", upTo: 1_000_000),
      time: try double(time, "timeStudied", upTo: 9_007_199_254_740_991)
    )
  }

  /// When the client saw these numbers, in milliseconds since 1970; it need not say.
  func observation() throws(Failure) -> Int? {
    guard let observedAt, !observedAt.isNull else { return nil }
    guard let moment = observedAt.number?.int, (0...9_007_199_254_740_991).contains(moment) else {
      throw .invalid("observedAt")
    }
    return moment
  }

  private func identifier(
    _ value: JSONValue?,
    _ field: String,
    _ mode: IdentifierMode
  ) throws(Failure) -> StatsIdentifier {
    switch value {
    case nil, .null, .string(""): throw .missing(field)
    case .string(let text):
      guard let identifier = mode.identifier(text) else { throw .invalid(field) }
      return identifier
    default: throw .invalid(field)
    }
  }

  private func number(_ value: JSONValue?, _ field: String) throws(Failure) -> JSONNumber {
    switch value {
    case nil, .null: throw .missing(field)
    case .number(let number): return number
    default: throw .invalid(field)
    }
  }

  private func double(_ value: JSONValue?, _ field: String, upTo limit: Double) throws(Failure) -> Double {
    guard let double = try number(value, field).double, double >= 0, double <= limit else { throw .invalid(field) }
    return double
  }
}
